// A key digest may differ in thousands of members, and an answer has room for a few.

import { expect, it } from 'vitest';
import { readKeyDigest, type Theirs } from '../../../node/core/exchange/digest-read.ts';
import { applyUpdate } from '../../../node/core/membership/updates.ts';
import { aliveUpdate, hold, startEngine } from '../support.ts';

const WHOLE = { kind: 'keys', low: 0, high: 0xffffffff, lanes: [] } as const;

it('of thousands of differences some are read, at random, and more are known to exist', () => {
  const reader = startEngine('reader');
  for (let i = 0; i < 2_500; i++) {
    applyUpdate(reader.state, aliveUpdate(`m${i}`), 0);
    hold(reader, `m${i}`, 9);
  }
  const keys = [...reader.state.members.byKey.keys()];
  const strangers = keys.map((key) => (key ^ 1) >>> 0);
  const readOf = (named: readonly number[], base: number): Theirs =>
    readKeyDigest(reader.state, { ...WHOLE, rows: named.flatMap((key) => [key, base]) });

  const seen = new Set<number>();
  for (let turn = 0; turn < 12; turn++) {
    const { marks, isCut } = readOf(keys, 5);
    expect(marks.size).toBe(1_024);
    expect(isCut).toBe(true);
    for (const { key } of marks.keys()) seen.add(key);
  }
  expect(seen.size).toBeGreaterThan(2_450);
  expect(readOf([], 0)).toMatchObject({ isCut: true, absent: { size: 1_024 } });
  expect(readOf(strangers, 1)).toMatchObject({ isCut: true, unknownKeys: { length: 1_024 } });
  expect(readOf(keys, 9)).toMatchObject({ isCut: false, marks: { size: 1 } });
});
