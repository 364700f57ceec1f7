// The bytes of a snapshot: of a bounded size, and refused when they are none of this node.

import { Encoder } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { absorb } from '../../../node/core/data/merge.ts';
import type { Engine } from '../../../node/core/engine.ts';
import { readPast, SNAPSHOT_FORMAT } from '../../../node/core/snapshot/past.ts';
import {
  MIN_PART_BYTES,
  snapshotOthers,
  snapshotSelf,
} from '../../../node/core/snapshot/snapshot.ts';
import type { State } from '../../../node/core/state.ts';
import { scaled } from '../../support/scale.ts';
import { aliveUpdate, refusalOf, samples, startEngine } from '../support.ts';
import { at, experienced, imageOf, OWNER, snapshotOf, WALL_MS } from './snapshots.ts';

describe('bytes that are no snapshot of this node', () => {
  const { edge, now } = experienced();
  const sound = snapshotOf(edge, now);
  const read = (self: Uint8Array, others: readonly Uint8Array[], owner = OWNER) =>
    refusalOf(() => readPast(self, others, owner)).code;
  const encoder = new Encoder();

  it('are refused when one bit is another, wherever it is', () => {
    const flip = (bytes: Uint8Array, place: number, bit: number) =>
      bytes.map((byte, i) => (i === place ? byte ^ (1 << bit) : byte));
    const flips = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 7 }));
    fc.assert(
      fc.property(flips, ([place, bit]) => {
        const [part] = sound.others;
        if (part === undefined) throw new Error('there are others');
        expect(read(flip(sound.self, place % sound.self.length, bit), sound.others)).toBeDefined();
        expect(read(sound.self, [flip(part, place % part.length, bit)])).toBeDefined();
      }),
      { numRuns: scaled(400, 20_000) },
    );
  });

  it('are refused when they are cut short, empty, or in another place', () => {
    expect(read(sound.self.slice(0, -1), sound.others)).toBe('malformed');
    expect(read(new Uint8Array(), sound.others)).toBe('malformed');
    expect(read(sound.self, [...sound.others, ...sound.others])).toBe('malformed');
    expect(read(sound.self, [sound.self])).toBe('malformed');
  });

  it('are refused when one of several is missing', () => {
    const parts = snapshotOthers(largeView(1_000).state, MIN_PART_BYTES, at(0));
    expect(parts.length).toBeGreaterThan(1);
    expect(read(sound.self, parts.slice(0, -1))).toBe('malformed');
  });

  it('are refused when some are older than others', () => {
    const [first = new Uint8Array(), second = new Uint8Array()] = [0, 1].map((age) => {
      const { state } = largeView(1_000);
      return snapshotOthers(state, MIN_PART_BYTES, at(age))[age];
    });
    expect(read(sound.self, [first, second])).toBe('malformed');
  });

  it('are refused when they are of another cluster or of another node', () => {
    expect(read(sound.self, [], { ...OWNER, cluster: 'other' })).toBe('foreign_cluster');
    expect(read(sound.self, [], { ...OWNER, id: 'edge-2' })).toBe('malformed');
    const other = startEngine('edge', { settings: { cluster: 'other' } });
    expect(read(sound.self, snapshotOthers(withMember(other), 0, at(0)))).toBe('foreign_cluster');
  });

  it('are refused when another release wrote them', () => {
    for (const format of [SNAPSHOT_FORMAT - 1, SNAPSHOT_FORMAT + 1]) {
      expect(read(encoder.encode([format, 0, new Uint8Array()]), [])).toBe('unknown_version');
    }
  });
});

/** The state of an engine that knows one other. */
function withMember({ state }: Engine): State {
  const cargo = { byKey: true, chunks: [], updates: [aliveUpdate('x')], definitions: [] };
  absorb(state, cargo, undefined, 0, 0);
  return state;
}

/** An engine that holds so many others, with two values each. */
function largeView(count: number): Engine {
  const edge = startEngine('edge');
  for (let i = 0; i < count; i++) {
    const id = `node-${i}`;
    const other = startEngine(id, { address: `https://${id}.example:4001`, labels: { rack: id } });
    other.handle(samples(['storage', 20], ['cpu', 50]), 0);
    const { self } = readPast(snapshotSelf(other.state, at(0)), [], { ...OWNER, id });
    for (const message of self.pushes) absorb(edge.state, message, undefined, 0, 0);
  }
  return edge;
}

describe('the bytes of a large view', () => {
  const COUNT = 2_000;
  const edge = largeView(COUNT);

  it('come in parts of the size asked for, which together hold everything', () => {
    const parts = snapshotOthers(edge.state, 100_000, at(0));
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) expect(part.length).toBeLessThanOrEqual(100_000);
    const past = readPast(snapshotSelf(edge.state, at(0)), parts, OWNER);
    const again = startEngine('edge', { generation: 2, past: { past, wallMs: WALL_MS } });
    expect(imageOf(again.state, 0)).toEqual(imageOf(edge.state, 0));
  });

  it('are some 120 a member', () => {
    const bytes = snapshotOthers(edge.state, 2_000_000, at(0)).reduce(
      (sum, { length }) => sum + length,
      0,
    );
    expect(bytes / COUNT).toBeLessThan(120);
  });

  it('name the forgotten members, however many', () => {
    const state = startEngine('edge').state;
    for (let i = 0; i < 10_000; i++) state.forgotten.set(`node-${i}`, 1.7e12 + i);
    const parts = snapshotOthers(state, MIN_PART_BYTES, at(0));
    for (const part of parts) expect(part.length).toBeLessThanOrEqual(MIN_PART_BYTES);
    const { forgotten } = readPast(snapshotSelf(state, at(0)), parts, OWNER);
    expect(forgotten).toEqual([...state.forgotten]);
  });
});
