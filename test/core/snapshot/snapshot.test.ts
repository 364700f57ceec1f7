// A node whose memory ends goes on from its snapshot: nothing of its view is lost, aged or raised
// from the dead by it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { absorb } from '../../../node/core/data/merge.ts';
import type { Engine } from '../../../node/core/engine.ts';
import { memberKey } from '../../../node/core/hash.ts';
import type { Push } from '../../../node/core/wire/messages.ts';
import { push } from '../arbitraries.ts';
import { createNetwork } from '../network.ts';
import {
  aliveUpdate,
  CALM,
  memberOf,
  metricsAt,
  samples,
  sendsOf,
  startEngine,
  URGENT,
} from '../support.ts';
import { comeBack, experienced, imageOf, MINUTE_MS } from './snapshots.ts';

/** A message whose runs are of the members that it introduces. */
const meant = (message: Push): Push => ({
  ...message,
  chunks: message.chunks.map((chunk, i) => {
    const said = message.updates[i % message.updates.length];
    return said === undefined ? chunk : { ...chunk, ref: memberKey(said.id, said.generation) };
  }),
});

describe('a view that comes back', () => {
  it('is as it was: members, statuses, marks, entries, definitions and forgotten members', () => {
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
      fc.property(fc.array(push.map(meant), { maxLength: 6 }), (messages) => {
        const edge = startEngine('edge', { settings }, now);
        for (const message of messages) absorb(edge.state, message, undefined, 0, now);
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

  it('accuses no member for the time in which nothing was heard', () => {
    const { edge, now } = experienced();
    const later = now + MINUTE_MS;
    const again = comeBack(edge, now, MINUTE_MS, { generation: 2 });
    again.handle({ type: 'wake' }, later);
    expect(again.view.member('silent')?.status).toBe('suspect');
    again.handle({ type: 'wake' }, later + 10_000);
    expect(again.view.member('silent')?.status).toBe('dead');
  });

  it('leaves out members whose time is over, and lets old gossip bring none back', () => {
    const { edge, now } = experienced();
    const settings = { forgetAfterMs: 60 * MINUTE_MS };
    const again = comeBack(edge, now, 31 * MINUTE_MS, { generation: 2, settings });
    expect(again.view.member('gone')).toBeUndefined();
    const later = now + 31 * MINUTE_MS;
    const updates = ['gone', 'long ago'].map((id) => aliveUpdate(id));
    absorb(again.state, { byKey: true, chunks: [], updates, definitions: [] }, undefined, 0, later);
    expect(again.view.member('gone')).toBeUndefined();
    expect(again.view.member('long ago')).toBeUndefined();
    expect(again.state.staleClaims.size).toBe(2);
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
      update: before.members[0]?.update,
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
    const accused = aliveUpdate('edge', { status: 'suspect', confirmers: [1] });
    absorb(
      edge.state,
      { byKey: true, chunks: [], updates: [accused], definitions: [] },
      undefined,
      0,
      network.now,
    );
    expect(edge.state.self.incarnation).toBe(1);
    expect(comeBack(edge, network.now, 0).state.self.incarnation).toBe(1);
  });
});

describe('a new run with its past', () => {
  it('has a generation of its own, and shows what the previous run told until it tells', () => {
    const { edge, now } = experienced();
    edge.handle(samples(['storage', 44]), now);
    const again = comeBack(edge, now, MINUTE_MS, { generation: 9 });
    const [reading] = again.view.member('edge')?.metrics ?? [];
    expect(reading).toMatchObject({ value: 44, previousGeneration: 1 });
    // Its labels and the cards of its two metrics.
    expect(again.state).toMatchObject({ version: 3, self: { generation: 9, incarnation: 0 } });
  });

  it('calls the members that it knew, without any seed', () => {
    const { edge, now } = experienced();
    const again = comeBack(edge, now, MINUTE_MS, { generation: 9 });
    const [sent] = sendsOf(again.handle({ type: 'wake' }, now + 2 * MINUTE_MS));
    expect(['http://a', 'http://b', 'http://silent']).toContain(sent?.address);
  });
});

describe('definitions of other nodes', () => {
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
