// Facts over their limits, where a part of the node publishes them: the driver says what is wrong,
// and tells nobody what peers could not read.

import { expect, it } from 'vitest';
import { createWorld, startFleet } from './support.ts';

const NOTE = { key: 'note', value: '"here"', priority: 7 };

async function pair() {
  const world = createWorld();
  const [first, second] = await startFleet(world, 2);
  if (first === undefined || second === undefined) throw new Error('two were started');
  const shown = async () => {
    await world.clock.advance(5_000);
    return second.view.facts('').map(({ key, value }) => [key, value]);
  };
  return { first, shown };
}

it.each<[string, object, string]>([
  ['no key', { key: '' }, 'key'],
  ['a key of 65 characters', { key: 'k'.repeat(65) }, 'key'],
  ['a line end in its key', { key: 'a\nb' }, 'key'],
  ['half a character in its key', { key: '\ud83d' }, 'key'],
  ['a value of 1,025 bytes', { value: 'x'.repeat(1_025) }, 'value'],
  ['a value of 342 characters of three bytes', { value: '漢'.repeat(342) }, 'value'],
  ['a value that steers a terminal', { value: '"\u001b[2J"' }, 'value'],
  ['an invisible character in its value', { value: '"a\u200bb"' }, 'value'],
  ['the priority 0', { priority: 0 }, 'priority'],
  ['the priority 256', { priority: 256 }, 'priority'],
  ['a priority between two', { priority: 1.5 }, 'priority'],
  ['no number for a priority', { priority: Number.NaN }, 'priority'],
  ['an end before its beginning', { ttlMs: -100 }, 'ttl'],
  ['a time that no number holds', { ttlMs: Number.POSITIVE_INFINITY }, 'ttl'],
  ['a time longer than the wire can say', { ttlMs: 1e15 }, 'ttl'],
  ['no end, to be kept by others', { isKept: true }, 'no_end'],
])('a fact with %s is not published', async (_, odd, fault) => {
  const { first, shown } = await pair();
  expect(first.publishFact({ ...NOTE, ...odd })).toBe(fault);
  expect(first.view.facts('')).toEqual([]);
  // The next one is told, by messages that the other can read.
  expect(first.publishFact(NOTE)).toBeUndefined();
  expect(await shown()).toEqual([['note', '"here"']]);
});

it('facts as long as they may be, of any characters that can be shown, come whole', async () => {
  const { first, shown } = await pair();
  const facts = [
    ['k'.repeat(64), 'x'.repeat(1_024)],
    ['漢'.repeat(64), '漢'.repeat(341)],
    ['__proto__', '{"a":"\\u0000"}'],
    ['"quoted" \\ {a="b"} 😀', '"<i>&amp; %41 $HOME"'],
  ];
  for (const [key = '', value = ''] of facts) {
    expect(first.publishFact({ key, value, priority: 255 })).toBeUndefined();
  }
  expect(new Map((await shown()).map(([key, value]) => [key, value]))).toEqual(
    new Map(facts.map(([key, value]) => [key, value])),
  );
});

it('10,000 facts of one node are refused beyond 4 KiB, and those before them stay', async () => {
  const { first, shown } = await pair();
  const faults = Array.from({ length: 10_000 }, (_, i) =>
    first.publishFact({ ...NOTE, key: `note${i}` }),
  );
  const told = faults.filter((fault) => fault === undefined).length;
  expect(new Set(faults.slice(told))).toEqual(new Set(['node_full']));
  expect(first.factCount()).toBe(told);
  expect(await shown()).toHaveLength(told);
  first.endFact('note0');
  expect(first.publishFact({ ...NOTE, key: 'note' })).toBeUndefined();
  expect(await shown()).toHaveLength(told);
});
