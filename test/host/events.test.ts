// What of the loop's events reaches the log.

import { expect, it } from 'vitest';
import { createTeller } from '../../node/host/events.ts';

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
  expect(lines.slice(-2)).toEqual(['n2 is alive', 'n1 is left']);
  expect(lines.length).toBeLessThan(10);
  expect(told.length).toBeGreaterThan(990);
});
