// A node whose memory ends goes on from its snapshot: nothing of its view is lost, aged or raised
// from the dead by it, and bytes that are not such a snapshot are refused.

import { Encoder } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { absorb } from '../../node/core/absorb.ts';
import type { Engine } from '../../node/core/engine.ts';
import { memberKey } from '../../node/core/hash.ts';
import { readPast } from '../../node/core/past.ts';
import { MIN_PART_BYTES, snapshotOthers, snapshotSelf } from '../../node/core/snapshot.ts';
import { entryAt, entryCount } from '../../node/core/source.ts';
import type { State } from '../../node/core/state.ts';
import { push } from './arbitraries.ts';
import { createNetwork, type Network } from './network.ts';
import {
  aliveStatement,
  CALM,
  type EngineChoices,
  memberOf,
  metricsAt,
  refusalOf,
  samples,
  sendsOf,
  startEngine,
  URGENT,
} from './support.ts';

const MINUTE_MS = 60_000;
/** The wall clock is no engine's clock. */
const WALL_MS = 1.7e12;
const at = (now: number) => ({ now, wallMs: now + WALL_MS });
const OWNER = { id: 'edge', cluster: 'priomon' };

const snapshotOf = ({ state }: Engine, now: number, maxPartBytes = MIN_PART_BYTES) => ({
  self: snapshotSelf(state, at(now)),
  others: snapshotOthers(state, maxPartBytes, at(now)),
});

const pastOf = (engine: Engine, now: number) => {
  const { self, others } = snapshotOf(engine, now);
  return readPast(self, others, OWNER);
};

/** The node after its memory ended at `now` and came back `elapsedMs` later. */
const comeBack = (engine: Engine, now: number, elapsedMs: number, choices: EngineChoices = {}) =>
  startEngine(
    'edge',
    { past: { past: pastOf(engine, now), wallMs: at(now + elapsedMs).wallMs }, ...choices },
    now + elapsedMs,
  );

/** All that a view holds of others, with ages in the place of times. */
const imageOf = (state: State, now: number) => ({
  members: [...state.members.byId.values()]
    .filter(({ id }) => id !== state.self.id)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((member) => ({
      statement: [member.id, member.generation, member.incarnation, member.status, member.address],
      leave: member.leave,
      accusers: [...(member.suspicion?.accusers ?? [])],
      marks: [member.source.base, [...(member.source.ahead ?? [])].sort(([a], [b]) => a - b)],
      ages: [now - member.statusSince, now - member.heardAt],
      entries: Array.from({ length: entryCount(member.source) }, (_, index) => {
        const entry = entryAt(member.source, index);
        return entry && { ...entry, sampledAt: now - entry.sampledAt };
      }),
    })),
  definitions: [...state.definitions].sort(([a], [b]) => a - b),
  unknown: [...state.unknownDefinitions].sort((a, b) => a - b),
  forgotten: [...state.forgotten],
  suspects: [...state.suspects].map(({ id }) => id).sort(),
});

/** An engine that has met members of every status, and entries ahead of their marks. */
function experienced(): Network & { edge: Engine } {
  const network = createNetwork();
  const edge = network.add(startEngine('edge', { settings: { forgetAfterMs: 60 * MINUTE_MS } }));
  for (const id of ['a', 'b', 'hidden']) {
    const address = id === 'hidden' ? '' : `http://${id}`;
    const other = startEngine(id, { seeds: ['http://edge'], address, labels: { rack: id } });
    network.feed(network.add(other), samples(['storage', 20], ['cpu', id.length]));
  }
  network.settle();
  network.now += 400;
  const said = [
    aliveStatement('gone', { status: 'dead', ageMs: 30 * MINUTE_MS, incarnation: 2 }),
    aliveStatement('resting', { status: 'left', ageMs: 9_000, leave: { reason: 'upgrade' } }),
    aliveStatement('silent', { status: 'suspect', ageMs: 500, accusers: [7] }),
  ];
  const chunk = { ref: memberKey('silent', 1), from: 0, to: 0 };
  const entries = [{ index: 2, version: 5, ageMs: 700, value: 33 }];
  const cargo = { byKey: true, chunks: [{ ...chunk, entries }], statements: said, definitions: [] };
  absorb(edge.state, cargo, undefined, network.now);
  edge.state.forgotten.set('long ago', 3);
  return Object.assign(network, { edge });
}

describe('a view that comes back', () => {
  it('is as it was: members, statuses, marks, entries, words and who was forgotten', () => {
    const { edge, now } = experienced();
    const again = comeBack(edge, now, 0, { generation: 2 });
    expect(imageOf(again.state, now)).toEqual(imageOf(edge.state, now));
    expect(again.view.members().map(({ id, status }) => [id, status])).toEqual([
      ['a', 'alive'],
      ['b', 'alive'],
      ['edge', 'alive'],
      ['gone', 'dead'],
      ['hidden', 'alive'],
      ['resting', 'left'],
      ['silent', 'suspect'],
    ]);
    expect(metricsAt(again, 'a')).toEqual({ storage: 20, cpu: 1 });
  });

  it('is as it was whatever messages had made it', () => {
    const now = 1e12;
    // Who is long dead is left out on purpose; here nobody is.
    const settings = { forgetAfterMs: Number.MAX_SAFE_INTEGER };
    fc.assert(
      fc.property(fc.array(push, { maxLength: 6 }), (messages) => {
        const edge = startEngine('edge', { settings }, now);
        for (const message of messages) absorb(edge.state, message, undefined, now);
        fc.pre(edge.state.self.generation === 1);
        const again = comeBack(edge, now, 0, { settings });
        expect(imageOf(again.state, now)).toEqual(imageOf(edge.state, now));
        const { dataHash, statusHash } = edge.state.members;
        expect(again.state.members).toMatchObject({ dataHash, statusHash });
        expect(again.state.members.roster().hash).toBe(edge.state.members.roster().hash);
      }),
      { numRuns: 300 },
    );
  });

  it('is older by the time that has passed', () => {
    const { edge, now } = experienced();
    const again = comeBack(edge, now, 5 * MINUTE_MS, { generation: 2 });
    const age = (engine: Engine, seenAt: number) => {
      const { statusSince, heardAt, metrics } = memberOfView(engine, 'a');
      const times = [statusSince, heardAt, ...metrics.map(({ sampledAt }) => sampledAt)];
      return times.map((time) => seenAt - time);
    };
    const before = age(edge, now);
    expect(age(again, now + 5 * MINUTE_MS)).toEqual(before.map((ms) => ms + 5 * MINUTE_MS));
  });

  it('accuses nobody for the time in which nothing was heard', () => {
    const { edge, now } = experienced();
    const later = now + MINUTE_MS;
    const again = comeBack(edge, now, MINUTE_MS, { generation: 2 });
    again.handle({ type: 'wake' }, later);
    expect(again.view.member('silent')?.status).toBe('suspect');
    again.handle({ type: 'wake' }, later + 10_000);
    expect(again.view.member('silent')?.status).toBe('dead');
  });

  it('leaves out whose time is over, and lets old gossip bring nobody back', () => {
    const { edge, now } = experienced();
    const settings = { forgetAfterMs: 60 * MINUTE_MS };
    const again = comeBack(edge, now, 31 * MINUTE_MS, { generation: 2, settings });
    expect(again.view.member('gone')).toBeUndefined();
    const later = now + 31 * MINUTE_MS;
    const statements = ['gone', 'long ago'].map((id) => aliveStatement(id));
    absorb(again.state, { byKey: true, chunks: [], statements, definitions: [] }, undefined, later);
    expect(again.view.member('gone')).toBeUndefined();
    expect(again.view.member('long ago')).toBeUndefined();
    expect(again.state.disputed.size).toBe(2);
  });
});

const memberOfView = (engine: Engine, id: string) => {
  const member = engine.view.member(id);
  if (member === undefined) throw new Error(`${id} is not in the view`);
  return member;
};

describe('the same run after a nap', () => {
  /** Two who know each other, and the bytes that one has sent. */
  function pair() {
    const network = createNetwork();
    const peer = network.add(startEngine('peer'));
    const edge = network.add(startEngine('edge', { seeds: ['http://peer'] }));
    network.feed(edge, samples(['storage', 20], ['cpu', 50]));
    // Until nobody is new any more, and all words are told.
    for (let i = 0; i < 20; i++) network.round();
    return { network, peer, edge };
  }

  it('tells nothing anew, and peers see no difference', () => {
    const { network, peer, edge } = pair();
    const before = imageOf(peer.state, network.now);
    const again = comeBack(edge, network.now, 0, { seeds: ['http://peer'] });
    network.engines.splice(1, 1, again);
    network.feed(again, samples(['storage', 21], ['cpu', 52]));
    expect(again.state.version).toBe(edge.state.version);
    network.log.length = 0;
    for (let i = 0; i < 3; i++) network.round();
    const { members } = imageOf(peer.state, network.now);
    expect(members[0]).toMatchObject({
      statement: before.members[0]?.statement,
      marks: before.members[0]?.marks,
    });
    // A few dozen bytes each way: nobody has to explain anything.
    expect(Math.max(...network.log.map(({ bytes }) => bytes))).toBeLessThan(60);
  });

  it('goes on counting its versions where it was, and publishes what has moved since', () => {
    const { network, edge } = pair();
    const { version } = edge.state;
    const again = comeBack(edge, network.now, 0);
    again.handle(samples(['storage', 35], ['cpu', 52]), network.now);
    expect(again.state.version).toBe(version + 1);
    expect(metricsAt(again, 'edge')).toEqual({ storage: 35, cpu: 50 });
  });

  it('has its next round when it was due, or at once when that has passed', () => {
    const { network, edge } = pair();
    const dueInMs = Math.round(edge.nextWakeAt() - network.now);
    expect(dueInMs).toBeGreaterThan(200);
    expect(comeBack(edge, network.now, 100).nextWakeAt()).toBe(network.now + dueInMs);
    expect(comeBack(edge, network.now, 9_000).nextWakeAt()).toBe(network.now + 9_000);
  });

  it('keeps what it refuted', () => {
    const { network, edge } = pair();
    const accused = aliveStatement('edge', { status: 'suspect', accusers: [1] });
    absorb(
      edge.state,
      { byKey: true, chunks: [], statements: [accused], definitions: [] },
      undefined,
      network.now,
    );
    expect(edge.state.self.incarnation).toBe(1);
    expect(comeBack(edge, network.now, 0).state.self.incarnation).toBe(1);
  });
});

describe('a new run with its past', () => {
  it('has a generation of its own, and shows what the former run told until it tells', () => {
    const { edge, now } = experienced();
    edge.handle(samples(['storage', 44]), now);
    const again = comeBack(edge, now, MINUTE_MS, { generation: 9 });
    const [reading] = again.view.member('edge')?.metrics ?? [];
    expect(reading).toMatchObject({ value: 44, formerGeneration: 1 });
    expect(again.state).toMatchObject({ version: 1, self: { generation: 9, incarnation: 0 } });
  });

  it('calls those whom it knew, without any seed', () => {
    const { edge, now } = experienced();
    const again = comeBack(edge, now, MINUTE_MS, { generation: 9 });
    const [sent] = sendsOf(again.handle({ type: 'wake' }, now + 2 * MINUTE_MS));
    expect(['http://a', 'http://b', 'http://silent']).toContain(sent?.address);
  });
});

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
      { numRuns: 400 },
    );
  });

  it('are refused when they are cut short, empty, or in another place', () => {
    expect(read(sound.self.slice(0, -1), sound.others)).toBe('malformed');
    expect(read(new Uint8Array(), sound.others)).toBe('malformed');
    expect(read(sound.self, [...sound.others, ...sound.others])).toBe('malformed');
    expect(read(sound.self, [sound.self])).toBe('malformed');
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
    const [, hash, body] = [0, 0, new Uint8Array()];
    expect(read(encoder.encode([2, hash, body]), [])).toBe('unknown_version');
    expect(read(encoder.encode([0, hash, body]), [])).toBe('unknown_version');
  });
});

/** The state of an engine that knows one other. */
function withMember({ state }: Engine): State {
  const cargo = { byKey: true, chunks: [], statements: [aliveStatement('x')], definitions: [] };
  absorb(state, cargo, undefined, 0);
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
    for (const message of self.pushes) absorb(edge.state, message, undefined, 0);
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

  it('name who was forgotten, however many', () => {
    const state = startEngine('edge').state;
    for (let i = 0; i < 10_000; i++) state.forgotten.set(`node-${i}`, 1.7e12 + i);
    const parts = snapshotOthers(state, MIN_PART_BYTES, at(0));
    for (const part of parts) expect(part.length).toBeLessThanOrEqual(MIN_PART_BYTES);
    const { forgotten } = readPast(snapshotSelf(state, at(0)), parts, OWNER);
    expect(forgotten).toEqual([...state.forgotten]);
  });
});

describe('words of others', () => {
  it('come back with the values that they explain', () => {
    const { edge, now } = experienced();
    const again = comeBack(edge, now, 0, { generation: 2, definitions: [] });
    expect(metricsAt(again, 'b')).toEqual({ storage: 20, cpu: 1 });
    expect([...again.state.definitions.values()].map(({ name }) => name)).toEqual(
      expect.arrayContaining([URGENT.name, CALM.name]),
    );
    expect(memberOf(again, 'b').source.record?.labels).toEqual({ rack: 'b' });
  });
});
