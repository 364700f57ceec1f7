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
