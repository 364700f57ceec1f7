// What nodes used is summed over their lives, and outlives them.

import { expect, it } from 'vitest';
import type { NodeUse } from '../../../node/experiment/runs/stage.ts';
import { createUses } from '../../../node/experiment/runs/uses.ts';

const use = (messages: number, change: Partial<NodeUse> = {}): NodeUse => ({
  ...{ startedAtMs: 5, messages, bodyBytes: 0, wireBytes: 0, sentBytes: 0, receivedBytes: 0 },
  ...{ rounds: messages, cpuMs: messages * 2, rssBytes: 100, lateMs: 1, lateP99Ms: 1 },
  ...change,
});

it('remembers the last figures of a node that answers no more', () => {
  const uses = createUses();
  uses.of(0, use(10));
  expect(uses.of(0, undefined)).toMatchObject({ messages: 10, cpuMs: 20 });
  expect(uses.of(1, undefined)).toMatchObject({ messages: 0, cpuMs: null });
});

it('adds up the lives of a node, and keeps its first start and its worst lateness', () => {
  const uses = createUses();
  uses.of(0, use(10, { lateMs: 50 }));
  uses.begin(0);
  expect(uses.of(0, undefined)).toMatchObject({ messages: 10 });
  const all = uses.of(0, use(4, { startedAtMs: 900, rssBytes: 120 }));
  expect(all).toMatchObject({ messages: 14, rounds: 14, cpuMs: 28, rssBytes: 120 });
  expect(all).toMatchObject({ startedAtMs: 5, lateMs: 50 });
});
