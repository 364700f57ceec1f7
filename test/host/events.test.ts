// What the log says of members, as a person would.

import { expect, it } from 'vitest';
import type { MemberChange } from '../../node/core/effects.ts';
import { createTeller } from '../../node/host/events.ts';

it.each<[MemberChange, string]>([
  ['alive', 'info: n2 is alive'],
  ['suspect', 'info: n2 is suspected'],
  ['dead', 'warn: n2 is dead'],
  ['left', 'info: n2 has left'],
  ['forgotten', 'info: n2 is forgotten'],
  ['replaced', 'info: n2 has started anew'],
])('a member that changes to %s makes an English sentence', (change, line) => {
  const lines: string[] = [];
  const tell = createTeller('n1', {
    clock: { monotonicMs: () => 0 },
    log: (level, sentence) => lines.push(`${level}: ${sentence}`),
    troubles: { report: () => {}, clear: () => {}, list: () => [] },
  });
  tell({ type: 'member', change, id: 'n2', generation: 1, address: 'http://b' });
  expect(lines).toEqual([line]);
});

it('a claim to our id that we outbid is no line of its own, for anybody can make thousands', () => {
  const lines: string[] = [];
  const told: string[] = [];
  const tell = createTeller('n1', {
    clock: { monotonicMs: () => 0 },
    log: (_, line) => lines.push(line),
    troubles: { report: (subject) => told.push(subject), clear: () => {}, list: () => [] },
  });
  const of = (id: string, change: 'alive' | 'left') =>
    tell({ type: 'member', id, generation: 1, address: '', change });
  for (let i = 0; i < 1_000; i++) {
    tell({ type: 'regenerated', generation: i });
    of('n1', 'alive');
  }
  of('n2', 'alive');
  of('n1', 'left');
  expect(lines.slice(-2)).toEqual(['n2 is alive', 'n1 has left']);
  expect(lines.length).toBeLessThan(10);
  expect(told.length).toBeGreaterThan(990);
});
