// Facts over their limits, where a part of the node publishes them: the driver says what is wrong,
// and sends no peer what it could not read.

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

it('facts that peers could not read are not published, and the next one comes', async () => {
  const { first, shown } = await pair();
  for (const [odd, fault] of [
    [{ key: 'k'.repeat(65) }, 'key'],
    [{ key: 'a\nb' }, 'key'],
    [{ key: '\ud83d' }, 'key'],
    [{ value: `"${'漢'.repeat(342)}"` }, 'value'],
    [{ value: 'no JSON' }, 'value'],
    [{ value: '' }, 'value'],
    [{ value: '"\u001b[2J"' }, 'value'],
    [{ priority: Number.NaN }, 'priority'],
    [{ priority: 256 }, 'priority'],
    [{ ttlMs: Number.POSITIVE_INFINITY }, 'ttl'],
    [{ ttlMs: 1e15 }, 'ttl'],
    [{ isKept: true }, 'no_end'],
  ] as const) {
    expect(first.publishFact({ ...NOTE, ...odd }), JSON.stringify(odd)).toBe(fault);
  }
  expect(first.view.facts('')).toEqual([]);
  expect(first.publishFact(NOTE)).toBeUndefined();
  expect(await shown()).toEqual([['note', '"here"']]);
});

it('facts as long as they may be, of any characters that can be shown, come whole', async () => {
  const { first, shown } = await pair();
  const facts = [
    ['k'.repeat(64), `"${'x'.repeat(1_022)}"`],
    ['漢'.repeat(64), `"${'漢'.repeat(340)}"`],
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
