// A digest says what a node holds: half a byte a member between peers with one roster, exactly and
// by key between others, and nothing at all between equal views.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../node/core/engine.ts';
import { digestSize, keyDigest, rosterDigest } from '../../../node/core/exchange/digest.ts';
import {
  readKeyDigest,
  readRosterDigest,
  type Theirs,
} from '../../../node/core/exchange/digest-read.ts';
import { buildRequest, NOTHING } from '../../../node/core/exchange/request.ts';
import { messageSize } from '../../../node/core/wire/encode.ts';
import type { Digest } from '../../../node/core/wire/messages.ts';
import { scaled } from '../../support/scale.ts';
import { hold, memberOf, REQUEST } from '../support.ts';
import { engineHolding, idOf, pair } from './digest-support.ts';

function readOver(reader: Engine, writer: Engine, maxBytes = 60_000): Theirs {
  const digest = rosterDigest(writer.state, writer.state.members.roster(), maxBytes);
  const { members } = reader.state;
  return readRosterDigest(reader.state, digest, members.roster(), writer.state.members.dataHash);
}

/** What the reader takes the writer to hold of a member, where it differs. */
const read = (theirs: Theirs, engine: Engine, i: number) =>
  theirs.marks.get(memberOf(engine, idOf(i)));

const realSize = (digest: Digest): number =>
  messageSize({ ...REQUEST, digest }) - messageSize(REQUEST);

describe('a roster digest', () => {
  const near = fc.array(
    fc.integer({ min: 1, max: 2 ** 32 }).chain((own) =>
      fc.record({
        own: fc.constant(own),
        theirs: fc.oneof(fc.constant(0), fc.integer({ min: Math.max(1, own - 7), max: own + 8 })),
      }),
    ),
    { maxLength: 60 },
  );

  it('is read exactly where views are up to 7 versions behind or 8 ahead, or blank', () => {
    fc.assert(
      fc.property(near, (rows) => {
        const [reader, writer] = pair(
          rows.map(({ own }) => own),
          rows.map(({ theirs }) => theirs),
        );
        const theirs = readOver(reader, writer);
        expect(theirs.exact).toBe(true);
        for (const [i, row] of rows.entries()) {
          const expected = row.own === row.theirs ? undefined : { watermark: row.theirs };
          expect(read(theirs, reader, i)).toEqual(expected);
        }
      }),
      { numRuns: scaled(150, 10_000) },
    );
  });

  it.each([
    [100, 120],
    [100, 92],
    [100, 109],
    [100, 116],
    [20, 4],
  ])('read wrong, at %i against %i, is known to be wrong', (own, theirs) => {
    const [reader, writer] = pair([own, 7], [theirs, 7]);
    expect(readOver(reader, writer).exact).toBe(false);
  });

  it('names the lanes that are ahead of their watermark', () => {
    const [reader, writer] = pair([10, 20], [10, 20]);
    hold(writer, idOf(1), 20, new Map([[255, 24]]));
    const theirs = readOver(reader, writer);
    expect(read(theirs, reader, 0)).toBeUndefined();
    expect(read(theirs, reader, 1)).toEqual({
      watermark: 20,
      laneWatermarks: new Map([[255, 24]]),
    });
    expect(theirs.exact).toBe(true);
  });

  it('that names no lane shows a reader whose own lanes are ahead what to send', () => {
    const [reader, writer] = pair([10], [10]);
    hold(reader, idOf(0), 10, new Map([[255, 12]]));
    expect(read(readOver(reader, writer), reader, 0)).toEqual({ watermark: 10 });
  });

  it('fits its bytes whatever they are, and is counted right', () => {
    const state = fc.record({
      bases: fc.array(fc.oneof(fc.constant(0), fc.nat(500)), { minLength: 1, maxLength: 400 }),
      lanes: fc.array(fc.tuple(fc.nat(399), fc.nat(100_000)), { maxLength: 100 }),
      maxBytes: fc.integer({ min: 24, max: 600 }),
    });
    fc.assert(
      fc.property(state, ({ bases, lanes, maxBytes }) => {
        const engine = engineHolding(bases);
        for (const [at, by] of lanes) {
          const i = at % bases.length;
          hold(engine, idOf(i), bases[i] ?? 0, new Map([[9, (bases[i] ?? 0) + by + 1]]));
        }
        for (let turn = 0; turn < 3; turn++) {
          const digest = rosterDigest(engine.state, engine.state.members.roster(), maxBytes);
          expect(digestSize(digest)).toBeLessThanOrEqual(maxBytes);
          expect(digestSize(digest)).toBe(realSize(digest));
        }
      }),
      { numRuns: scaled(80, 5_000) },
    );
  });

  it.each([24, 40, 100])(
    'of %i bytes covers a large roster in turns, leaving no member out',
    (max) => {
      const ours = Array.from({ length: 300 }, () => 50);
      const theirs = ours.map((watermark, i) => watermark + (i % 3));
      const [reader, writer] = pair(ours, theirs);
      const seen = new Set<string>();
      for (let turn = 0; turn < Math.ceil(302 / ((max - 12) * 2)); turn++) {
        for (const [member, { watermark }] of readOver(reader, writer, max).marks) {
          expect(watermark).toBe(memberOf(writer, member.id).source.watermark);
          seen.add(member.id);
        }
      }
      expect(seen.size).toBe(theirs.filter((watermark) => watermark !== 50).length);
    },
  );
});

describe('a key digest', () => {
  const NOBODY = { kind: 'keys', rows: [], lanes: [] } as const;

  it('names the lanes that are ahead of their watermark, and is counted right', () => {
    const reader = engineHolding([10, 20, 30]);
    const writer = engineHolding([10, 2, 30]);
    hold(writer, idOf(1), 2, new Map([[255, 24]]));
    const digest = keyDigest(writer.state, 60_000);
    expect(digestSize(digest)).toBe(realSize(digest));
    const theirs = readKeyDigest(reader.state, digest);
    expect(read(theirs, reader, 1)).toEqual({ watermark: 2, laneWatermarks: new Map([[255, 24]]) });
  });

  it('of many lanes keeps to its bytes and names members all the same', () => {
    const writer = engineHolding(Array.from({ length: 40 }, (_, i) => i + 1));
    const lanes = new Map(Array.from({ length: 20 }, (_, i) => [i + 1, 1_000]));
    for (let i = 0; i < 40; i++) hold(writer, idOf(i), i + 1, lanes);
    for (const maxBytes of [24, 64, 128, 256, 2_048]) {
      for (const roomBytes of [maxBytes, 2 * maxBytes]) {
        const digest = keyDigest(writer.state, maxBytes, roomBytes);
        expect(digestSize(digest)).toBe(realSize(digest));
        expect(digestSize(digest)).toBeLessThanOrEqual(Math.min(roomBytes, maxBytes * 1.25));
        expect(digest.rows.length).toBeGreaterThan(maxBytes < 64 ? 1 : 4);
        if (roomBytes > maxBytes && maxBytes >= 64) expect(digest.lanes).not.toEqual([]);
      }
    }
  });

  it('is read exactly however far views are apart', () => {
    const bases = fc.array(fc.tuple(fc.nat(2 ** 31), fc.nat(2 ** 31)), { maxLength: 40 });
    fc.assert(
      fc.property(bases, (rows) => {
        const reader = engineHolding(rows.map(([own]) => own));
        const writer = engineHolding(rows.map(([, theirs]) => theirs));
        const theirs = readKeyDigest(reader.state, keyDigest(writer.state, 60_000));
        expect(theirs.exact).toBe(true);
        for (const [i, [own, watermark]] of rows.entries()) {
          expect(read(theirs, reader, i)).toEqual(own === watermark ? undefined : { watermark });
        }
      }),
      { numRuns: scaled(100, 5_000) },
    );
  });

  it('shows the members that either side has never heard of', () => {
    const reader = engineHolding([5, 6]);
    const writer = engineHolding([5], 'writer');
    const theirs = readKeyDigest(reader.state, keyDigest(writer.state, 60_000));
    expect(theirs.unknownKeys).toEqual([writer.state.self.key]);
    expect([...theirs.absent].map(({ id }) => id).sort()).toEqual([idOf(1), 'reader']);
    expect(read(theirs, reader, 1)).toEqual({ watermark: 0 });
  });

  it('of a key range says nothing of members outside it, wrapped round or not', () => {
    const reader = engineHolding(Array.from({ length: 60 }, (_, i) => i + 1));
    const everybody = [...reader.state.members.byKey.keys()].sort((a, b) => a - b);
    const [q1, q3] = [everybody[15] ?? 0, everybody[45] ?? 0];
    const inside = readKeyDigest(reader.state, { ...NOBODY, low: q1, high: q3 });
    const outside = readKeyDigest(reader.state, { ...NOBODY, low: q3, high: q1 });
    expect(inside.absent.size).toBe(31);
    expect(outside.absent.size).toBe(everybody.length - 31 + 2);
  });

  it('fits its bytes, is counted right, and covers every member in turn', () => {
    const bases = Array.from({ length: 200 }, (_, i) => i + 1);
    const reader = engineHolding(bases.map((watermark) => watermark + 100));
    const writer = engineHolding(bases);
    const seen = new Set<string>();
    for (let turn = 0; turn < 200; turn++) {
      const digest = keyDigest(writer.state, 200);
      expect(digestSize(digest)).toBeLessThanOrEqual(200);
      expect(digestSize(digest)).toBe(realSize(digest));
      const theirs = readKeyDigest(reader.state, digest);
      expect(theirs.absent.size).toBe(0);
      for (const member of theirs.marks.keys()) seen.add(member.id);
    }
    expect(seen.size).toBe(200);
  });
});

describe('digests stay small', () => {
  /** The request of a round by a node that knows so many, all of it changed of late. */
  function requestBytes(members: number): number {
    const engine = engineHolding(Array.from({ length: members }, (_, i) => i + 1));
    engine.state.exactDigests = 0;
    return messageSize(buildRequest(engine.state, memberOf(engine, idOf(0)), NOTHING, 0));
  }

  it('half a byte a member: 100 in 80 bytes, 1,000 in 540', () => {
    expect(requestBytes(100)).toBeLessThanOrEqual(80);
    expect(requestBytes(1_000)).toBeLessThanOrEqual(540);
  });

  it('under 4 KiB for 5,000 members, in a known and in an unknown roster', () => {
    expect(requestBytes(5_000)).toBeLessThanOrEqual(4_096);
    const engine = engineHolding(Array.from({ length: 5_000 }, () => 9));
    const request = buildRequest(engine.state, undefined, NOTHING, 0);
    expect(request.digest?.kind).toBe('keys');
    expect(messageSize(request)).toBeLessThanOrEqual(4_096);
  });
});
