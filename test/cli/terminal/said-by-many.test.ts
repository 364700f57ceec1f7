// One death, told once: lines that many nodes log at about the same time.

import { expect, it } from 'vitest';
import { createSaidByMany, type Told } from '../../../node/cli/terminal/said-by-many.ts';

/** Time that passes when told. */
function setUp() {
  const told: Told[] = [];
  const timers = new Set<{ readonly at: number; readonly run: () => void }>();
  let now = 0;
  const said = createSaidByMany((one) => told.push(one), {
    monotonicMs: () => now,
    after(delayMs, run) {
      const timer = { at: now + delayMs, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
  });
  const pass = (ms: number): void => {
    now += ms;
    for (const timer of [...timers]) if (timer.at <= now && timers.delete(timer)) timer.run();
  };
  return { said, told, pass };
}

const log = (id: string, sentence: string) => `2026-01-01T00:00:00.000Z warn ${id}: ${sentence}`;

it('one death is told once, as soon as every living node has seen it', () => {
  const { said, told, pass } = setUp();
  for (let i = 1; i <= 19; i++) {
    said.hear(log(`n${i}`, 'n20 is dead'), 19);
    pass(100);
  }
  expect(told).toEqual([{ line: 'n20 is dead (seen by 19 nodes)', nodes: 19 }]);
});

it('nodes that say nothing are not waited for longer than a second', () => {
  const { said, told, pass } = setUp();
  said.hear(log('n1', 'n3 is dead'), 3);
  said.hear(log('n2', 'n3 is dead'), 3);
  said.hear(log('n2', 'n3 is dead'), 3);
  pass(999);
  expect(told).toEqual([]);
  pass(1);
  expect(told).toEqual([{ line: 'n3 is dead (seen by 2 nodes)', nodes: 2 }]);
});

it('a sentence that one node says stays the line that it is', () => {
  const { said, told, pass } = setUp();
  const line = log('n1', 'its disk is full');
  said.hear(line, 20);
  pass(1_000);
  expect(told).toEqual([{ line, nodes: 1 }]);
});

it('a node that repeats a sentence holds it back for five seconds at most', () => {
  const { said, told, pass } = setUp();
  for (let i = 0; i < 60; i++) {
    said.hear(log(`n${i}`, 'the clock is off'), 100);
    pass(100);
  }
  expect(told.map(({ nodes }) => nodes)).toEqual([50]);
});

it('what all nodes of a machine say is told once, however slowly they start', () => {
  const { said, told, pass } = setUp();
  const sentence = 'Probe storage: /data cannot be asked (EACCES)';
  for (let i = 1; i <= 20; i++) {
    said.hear(log(`n${i}`, sentence), 20);
    pass(3_000);
  }
  expect(told).toEqual([{ line: log('n1', sentence), nodes: 1 }]);
});

it('a node that says again what was shown already means another time', () => {
  const { said, told, pass } = setUp();
  for (const id of ['n1', 'n2', 'n1', 'n2']) {
    said.hear(log(id, 'n3 is dead'), 3);
    pass(2_000);
  }
  expect(told).toHaveLength(2);
  // A minute after, nobody is late any more.
  pass(60_000);
  said.hear(log('n4', 'n3 is dead'), 3);
  pass(2_000);
  expect(told).toHaveLength(3);
});

it('an error, and what is no line of a log, is told at once, the rest when all ends', () => {
  const { said, told } = setUp();
  const error = log('n1', 'stopping: the id is taken').replace(' warn ', ' error ');
  said.hear('    at crash (node.ts:1)', 20);
  said.hear(error, 20);
  said.hear(log('n1', 'one'), 20);
  said.hear(log('n2', 'two'), 20);
  expect(told).toHaveLength(2);
  said.flush();
  said.flush();
  expect(told.map(({ line }) => line)).toEqual([
    '    at crash (node.ts:1)',
    error,
    log('n1', 'one'),
    log('n2', 'two'),
  ]);
});

it('a storm of different sentences is told as it comes, beyond what is held back', () => {
  const { said, told } = setUp();
  for (let i = 0; i < 100; i++) said.hear(log('n1', `sentence ${i}`), 20);
  expect(told).toHaveLength(36);
  said.flush();
  expect(told).toHaveLength(100);
});
