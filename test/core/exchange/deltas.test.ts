// What a peer gets when not all of it fits: unknown members first, then by
// priority × lag × count / bytes, a reserved share to others, and never with a gap inside a lane.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { raiseMarks } from '../../../node/core/data/marks.ts';
import {
  CARD_LANE,
  createSource,
  laneOf,
  type Marks,
  missingEntries,
  putEntry,
} from '../../../node/core/data/source.ts';
import { chunkSize, type Picked, pickChunks } from '../../../node/core/exchange/deltas.ts';
import { createMember, type Member } from '../../../node/core/membership/member.ts';
import { createRandom } from '../../../node/core/random.ts';
import { scaled } from '../../support/scale.ts';
import { aliveUpdate, openedAt, versionsOf } from '../support.ts';

const NOW = 100_000;

interface Held {
  /** Priority of each metric; slot i + 1 belongs to metric i. */
  readonly lanes: readonly number[];
  /** Slots in the order that their values were published, after labels and cards. */
  readonly published?: readonly number[];
  readonly ageMs?: number;
}

function memberHolding(id: string, { lanes, published, ageMs = 1_000 }: Held): Member {
  const member = createMember(aliveUpdate(id), 0);
  const cards = lanes.map((priority, i) => ({ definitionKey: i, priority }));
  const sampledAt = NOW - ageMs;
  for (const entry of openedAt(sampledAt, cards)) putEntry(member.source, entry);
  const slots = published ?? lanes.map((_, i) => i + 1);
  const opened = openedIn(lanes);
  for (const [i, index] of slots.entries()) {
    putEntry(member.source, { index, version: opened + i + 1, sampledAt, value: 501 + i });
  }
  member.source.watermark = opened + slots.length;
  return member;
}

/** The version up to which somebody holds labels and cards, and no value. */
const openedIn = (lanes: readonly number[]): number => 1 + lanes.length;

interface Choices {
  readonly budget?: number;
  readonly reserve?: number;
  readonly seed?: number;
}

function pick(lacking: readonly (readonly [Member, Marks])[], choices: Choices = {}): Picked {
  const { budget = 4_096, reserve = 0, seed = 1 } = choices;
  const order = lacking.map(([member]) => member);
  const random = createRandom(seed);
  return pickChunks({
    lacking,
    refOf: (m) => order.indexOf(m),
    budgetBytes: budget,
    reserveShare: reserve,
    random,
    now: NOW,
  });
}

const nothing: Marks = { watermark: 0 };

describe('when all fits', () => {
  it('a peer gets one run over all lanes per member, and nothing was cut', () => {
    const members = ['a', 'b'].map((id) => memberHolding(id, { lanes: [1, 10] }));
    const picked = pick(members.map((member) => [member, nothing]));
    expect(picked.cut).toBe(false);
    expect(picked.chunks).toHaveLength(2);
    for (const chunk of picked.chunks) {
      expect(chunk).toMatchObject({ from: 0, to: 5 });
      expect(chunk.lane).toBeUndefined();
      expect(chunk.entries.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5]);
    }
  });

  it('a peer that lacks nothing gets nothing', () => {
    const member = memberHolding('a', { lanes: [1] });
    const picked = pick([[member, { watermark: 3 }]]);
    expect(picked).toMatchObject({ chunks: [], bytes: 0, cut: false });
  });

  it('a run over all lanes is whole from its start, whatever lanes the peer seems to hold', () => {
    const member = memberHolding('a', { lanes: [1, 10] });
    const picked = pick([[member, { watermark: 3, laneWatermarks: new Map([[1, 4]]) }]]);
    expect(picked.chunks).toMatchObject([{ from: 3, to: 5 }]);
    expect(picked.chunks[0]?.entries.map(({ version }) => version)).toEqual([4, 5]);
  });

  it('ages count from the sample to now', () => {
    const member = memberHolding('a', { lanes: [1], ageMs: 2_500 });
    expect(pick([[member, { watermark: 2 }]]).chunks[0]?.entries[0]?.ageMs).toBe(2_500);
  });
});

describe('when the budget is short', () => {
  it('unknown members come before any other news, however important', () => {
    const known = memberHolding('known', { lanes: [255, 255, 255], ageMs: 90_000 });
    const unknown = memberHolding('unknown', { lanes: [1], ageMs: 0 });
    const picked = pick(
      [
        [known, { watermark: openedIn([255, 255, 255]) }],
        [unknown, nothing],
      ],
      { budget: 30 },
    );
    expect(picked.cut).toBe(true);
    expect(picked.chunks[0]?.ref).toBe(1);
  });

  it('priority decides between chunks that are equal otherwise', () => {
    const low = memberHolding('low', { lanes: [1] });
    const high = memberHolding('high', { lanes: [10] });
    const lacking = [low, high].map((member) => [member, { watermark: openedIn([1]) }] as const);
    expect(pick(lacking, { budget: 14 }).chunks.map(({ lane }) => lane)).toEqual([10]);
  });

  it('lag outweighs priority when it is long enough', () => {
    const old = memberHolding('old', { lanes: [1], ageMs: 60_000 });
    const fresh = memberHolding('fresh', { lanes: [10], ageMs: 1_000 });
    const lacking = [fresh, old].map((member) => [member, { watermark: openedIn([1]) }] as const);
    expect(pick(lacking, { budget: 18 }).chunks.map(({ lane }) => lane)).toEqual([1]);
  });

  it('a lane goes oldest first, and its run reaches the last entry that fitted', () => {
    const lanes = Array.from({ length: 12 }, () => 3);
    const member = memberHolding('a', { lanes });
    const picked = pick([[member, { watermark: openedIn(lanes) }]], { budget: 40 });
    const [chunk] = picked.chunks;
    const versions = chunk?.entries.map(({ version }) => version) ?? [];
    expect(versions.length).toBeGreaterThan(2);
    expect(versions).toEqual(versions.map((_, i) => openedIn(lanes) + 1 + i));
    expect(chunk).toMatchObject({ lane: 3, from: openedIn(lanes), to: versions.at(-1) });
    expect(picked.cut).toBe(true);
  });

  it('entries that ran ahead of the mark do not lift it', () => {
    const lanes = [3, 3, 3, 3];
    const member = memberHolding('a', { lanes });
    const reach = openedIn(lanes) + 2;
    member.source.watermark = reach;
    const picked = pick([[member, { watermark: openedIn(lanes) }]], { budget: 28 });
    expect(picked.chunks[0]?.entries.at(-1)?.version).toBeGreaterThan(reach);
    expect(picked.chunks[0]?.to).toBe(reach);
  });

  it('no budget is no reason to fail', () => {
    const member = memberHolding('a', { lanes: [1, 2, 3] });
    for (const budget of [-50, 0, 5]) {
      const picked = pick([[member, nothing]], { budget });
      expect(picked).toMatchObject({ chunks: [], bytes: 0, cut: true });
    }
  });
});

describe('the reserved share', () => {
  /** Twenty important chunks and one that no score would ever choose. */
  const important = Array.from({ length: 20 }, (_, i) =>
    memberHolding(`m${i}`, { lanes: [200], ageMs: 50_000 }),
  );
  const humble = memberHolding('humble', { lanes: [1], ageMs: 0 });
  const lacking = [...important, humble].map(
    (member) => [member, { watermark: openedIn([1]) }] as const,
  );
  const timesChosen = (reserve: number): number => {
    let times = 0;
    for (let seed = 0; seed < 400; seed++) {
      const { chunks } = pick(lacking, { budget: 92, reserve, seed });
      if (chunks.some(({ lane }) => lane === 1)) times++;
    }
    return times;
  };

  it('lets the lane of the lowest priority through in time, which scores alone never do', () => {
    expect(timesChosen(0)).toBe(0);
    expect(timesChosen(0.125)).toBeGreaterThan(10);
  });

  it('is chosen by the seed alone', () => {
    const one = pick(lacking, { budget: 92, reserve: 0.125, seed: 9 });
    expect(pick(lacking, { budget: 92, reserve: 0.125, seed: 9 })).toEqual(one);
  });
});

describe('whatever the budget', () => {
  const held = fc.record({
    lanes: fc.array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 8 }),
    watermark: fc.nat(18),
    reach: fc.nat(18),
  });

  it('the bytes are counted right, fit, and every run is honest', () => {
    const choices = fc.record({
      budget: fc.integer({ min: 0, max: 600 }),
      reserve: fc.double({ min: 0, max: 1, noNaN: true }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(held, { maxLength: 12 }), choices, (rows, chosen) => {
        const members = rows.map(({ lanes, reach }, i) => {
          const member = memberHolding(`m${i}`, { lanes });
          member.source.watermark = Math.min(reach, openedIn(lanes) + lanes.length);
          return member;
        });
        const lacking = members.map((m, i) => [m, { watermark: rows[i]?.watermark ?? 0 }] as const);
        const picked = pick(lacking, chosen);
        const sum = picked.chunks.reduce((bytes, chunk) => bytes + chunkSize(chunk), 0);
        expect(picked.bytes).toBe(picked.chunks.length === 0 ? 0 : sum + 3);
        if (picked.chunks.length > 0) expect(picked.bytes).toBeLessThanOrEqual(chosen.budget);
        for (const chunk of picked.chunks) {
          const member = members[chunk.ref] as Member;
          const theirs = rows[chunk.ref] as { watermark: number };
          const proven = missingEntries(member.source, theirs).filter(
            ({ index, version }) =>
              version <= chunk.to &&
              (chunk.lane === undefined || laneOf(member.source, index) === chunk.lane),
          );
          const told = chunk.entries.map(({ version }) => version);
          expect(told).toEqual(expect.arrayContaining(proven.map(({ version }) => version)));
          expect(chunk.from).toBe(theirs.watermark);
          expect(chunk.to).toBeLessThanOrEqual(Math.max(theirs.watermark, member.source.watermark));
        }
      }),
      { numRuns: scaled(300, 20_000) },
    );
  });

  it('a peer that asks on has everything in the end', () => {
    const lanes = [1, 1, 5, 5, 10, 10, 255];
    const owner = memberHolding('a', { lanes });
    const peer = createSource();
    for (let turn = 0; turn < 60 && peer.watermark < owner.source.watermark; turn++) {
      const theirs = { watermark: peer.watermark, laneWatermarks: peer.laneWatermarks };
      for (const chunk of pick([[owner, theirs]], { budget: 48, seed: turn }).chunks) {
        for (const { index, version, value } of chunk.entries) {
          putEntry(peer, { index, version, value, sampledAt: 0 });
        }
        raiseMarks(peer, chunk);
      }
    }
    expect(peer.watermark).toBe(owner.source.watermark);
    expect(versionsOf(peer)).toEqual(versionsOf(owner.source));
    expect(lanes.map((_, i) => laneOf(peer, i + 1))).toEqual(lanes);
    expect(laneOf(peer, 0)).toBe(CARD_LANE);
  });
});

describe('what a peer lacks of thousands of members', () => {
  /** `looked`: of how many members it was. */
  const told = (lacking: readonly (readonly [Member, Marks])[]) => {
    const looked = new Set<Member>();
    const order = new Map(lacking.map(([member], place) => [member, place]));
    const refOf = (member: Member): number => {
      looked.add(member);
      return order.get(member) ?? 0;
    };
    const choice = { lacking, refOf, budgetBytes: 4_096, reserveShare: 0.1, now: NOW };
    return { picked: pickChunks({ ...choice, random: createRandom(3) }), looked: looked.size };
  };
  const LANES = Array.from({ length: 10 }, (_, i) => 1 + i);
  const fleet = Array.from({ length: 2_000 }, (_, i) => memberHolding(`m${i}`, { lanes: LANES }));

  it('is weighed for a few hundred, and the rest is said to be left', () => {
    const { picked, looked } = told(fleet.map((member) => [member, { watermark: 0 }]));
    // Labels and cards are weighed as well.
    expect(looked * (openedIn(LANES) + LANES.length)).toBeLessThan(5_000);
    expect(picked.bytes).toBeGreaterThan(3_500);
    expect(picked.cut).toBe(true);
  });

  it('is weighed for a few hundred where entries are held beyond a gap', () => {
    const gaps = LANES.map((_, i) => memberHolding(`g${i}`, { lanes: LANES }));
    const many = Array.from({ length: 2_000 }, (_, i) => {
      const { source } = gaps[i % gaps.length] as Member;
      return { ...createMember(aliveUpdate(`h${i}`), 0), source: { ...source, watermark: 0 } };
    });
    expect(told(many.map((member) => [member, { watermark: 0 }])).looked).toBeLessThan(300);
  });

  it('is weighed for most where each lacks little', () => {
    const { looked } = told(
      fleet.map((member) => [member, { watermark: openedIn(LANES) + LANES.length - 1 }]),
    );
    expect(looked).toBeGreaterThan(1_000);
  });
});
