// The urgent path: what cannot wait for the round reaches every node at once, each by exactly one
// message, and a storm of it is slowed down by the token bucket.

import { describe, expect, it } from 'vitest';
import { flushDueAt } from '../../../node/core/broadcast/tree.ts';
import type { Engine } from '../../../node/core/engine.ts';
import type { Member } from '../../../node/core/membership/member.ts';
import { applyUpdate } from '../../../node/core/membership/updates.ts';
import { type Delivery, type Network, startFleet } from '../network.ts';
import { aliveUpdate, memberOf, samples, sendsOf, startEngine } from '../support.ts';

const pushesOf = (network: Network): Delivery[] =>
  network.log.filter(({ message }) => message.kind === 'push');

const valueAt = (engine: Engine, id: string, name: string): number | undefined =>
  engine.view.member(id)?.metrics.find(({ definition }) => definition.name === name)?.value;

/** A fleet where all is told, so that what follows is one urgent change alone. */
function calmFleet(count: number, targetCount = 1): [Network, Engine] {
  const network = startFleet(count, { settings: { targetCount } });
  for (let round = 0; round < 5; round++) network.round();
  network.log.length = 0;
  const [first] = network.engines;
  if (first === undefined) throw new Error('an empty fleet');
  return [network, first];
}

describe('an urgent change', () => {
  it.each([
    [2, 1],
    [3, 1],
    [10, 1],
    [33, 1],
    [40, 3],
  ])('reaches all of %i nodes (f = %i) by exactly one push each', (count, targetCount) => {
    const [network, owner] = calmFleet(count, targetCount);
    network.feed(owner, samples(['storage', 70]));
    const reached = pushesOf(network).map(({ to }) => to);
    expect(reached).toHaveLength(count - 1);
    expect(new Set(reached).size).toBe(count - 1);
    expect(reached).not.toContain('n01');
    for (const engine of network.engines) expect(valueAt(engine, 'n01', 'storage')).toBe(70);
  });

  it.each([1, 2])('starts at any node, and takes log(n) hops with f = %i', (targetCount) => {
    const [network] = calmFleet(40, targetCount);
    for (const owner of [network.engines[7], network.engines[39]]) {
      if (owner === undefined) throw new Error('no such node');
      network.log.length = 0;
      network.feed(owner, samples(['storage', 90]));
      const hops = new Map([[owner.view.selfId, 0]]);
      for (const { from, to } of pushesOf(network)) hops.set(to, (hops.get(from) ?? 99) + 1);
      expect(hops.size).toBe(40);
      const bound = Math.ceil(Math.log(40) / Math.log(targetCount + 1)) + 1;
      expect(Math.max(...hops.values())).toBeLessThanOrEqual(bound);
    }
  });

  it('is one whose metric is important enough and moved by its delta, no other', () => {
    const [network, owner] = calmFleet(5);
    network.feed(owner, samples(['cpu', 10]));
    network.feed(owner, samples(['cpu', 95]));
    network.feed(owner, samples(['storage', 29]));
    expect(pushesOf(network)).toEqual([]);
    network.feed(owner, samples(['storage', 30]));
    expect(pushesOf(network)).toHaveLength(4);
  });

  it('takes the unimportant news of its moment along', () => {
    const [network, owner] = calmFleet(5);
    network.feed(owner, samples(['cpu', 10], ['storage', 70]));
    for (const engine of network.engines) expect(valueAt(engine, 'n01', 'cpu')).toBe(10);
  });

  it('costs fewer than 60 bytes a push', () => {
    const [network, owner] = calmFleet(20);
    network.feed(owner, samples(['storage', 70]));
    for (const { bytes } of pushesOf(network)) expect(bytes).toBeLessThan(60);
  });
});

describe('a lost push', () => {
  it('is sent to another member of its interval, and no other member misses the news', () => {
    const [network, owner] = calmFleet(20);
    let lost: string | undefined;
    network.failure = (address, message) => {
      lost ??= message.kind === 'push' ? address : undefined;
      return address === lost ? 'timeout' : undefined;
    };
    network.feed(owner, samples(['storage', 70]));
    const missed = network.engines.filter((engine) => valueAt(engine, 'n01', 'storage') !== 70);
    expect(missed.map(({ state }) => state.self.address)).toEqual([lost]);
  });

  it('is repaired by rounds for each node that was not reached', () => {
    const [network, owner] = calmFleet(12);
    network.failure = (_, message) => (message.kind === 'push' ? 'reset' : undefined);
    network.feed(owner, samples(['storage', 70]));
    network.failure = () => undefined;
    network.settle();
    for (const engine of network.engines) expect(valueAt(engine, 'n01', 'storage')).toBe(70);
  });

  it('is retried at two other members and no more', () => {
    const [network, owner] = calmFleet(20);
    network.failure = (_, message) => (message.kind === 'push' ? 'reset' : undefined);
    network.feed(owner, samples(['storage', 70]));
    // Both halves of the circle: the first try and two more each.
    expect(pushesOf(network)).toHaveLength(6);
  });
});

describe('membership', () => {
  it('reaches every node at once when it changes, as in a planned leave', () => {
    const [network, owner] = calmFleet(20);
    network.feed(owner, { type: 'leave', notice: { reason: 'update', returnsAtWall: 5_000 } });
    for (const engine of network.engines) {
      expect(engine.view.member('n01')).toMatchObject({
        status: 'left',
        leave: { reason: 'update', returnsAtWall: 5_000 },
      });
    }
    expect(pushesOf(network)).toHaveLength(19);
    expect(owner.nextWakeAt()).toBe(Number.POSITIVE_INFINITY);
  });

  it('is put right by an accused node when the news of its own death reaches it', () => {
    const [network, confirmer] = calmFleet(8);
    const accused = network.engines[4] as Engine;
    const { id } = accused.state.self;
    const member: Member = memberOf(confirmer, id);
    confirmer.state.suspects.add(member);
    applyUpdate(confirmer.state, aliveUpdate(id, { status: 'suspect', ageMs: 9_000 }), network.now);
    member.heardAt = 0;
    network.now += 60_000;
    network.feed(confirmer, { type: 'wake' });
    network.settle();
    for (const engine of network.engines) {
      expect(engine.view.member(id)).toMatchObject({ status: 'alive', incarnation: 1 });
    }
  });
});

describe('a storm of urgent changes', () => {
  const settings = { urgentPerSecond: 10, urgentBurst: 5 };

  function storm(seconds: number): { broadcasts: number; owner: Engine } {
    const owner = startEngine('owner', { settings });
    applyUpdate(owner.state, aliveUpdate('peer'), 0);
    let broadcasts = 0;
    for (let now = 1; now <= seconds * 1_000; now += 5) {
      const value = (now % 2) * 50 + (now % 7);
      const sends = sendsOf(owner.handle(samples(['storage', value * 20]), now));
      broadcasts += sends.filter(({ message }) => message.kind === 'push').length;
    }
    return { broadcasts, owner };
  }

  it('is bounded by rate and burst, however many there are', () => {
    const { broadcasts, owner } = storm(10);
    expect(owner.state.counters.entriesMoved).toBeGreaterThan(1_000);
    expect(broadcasts).toBeLessThanOrEqual(5 + 10 * 10);
    expect(broadcasts).toBeGreaterThan(90);
  });

  it('leaves one waiting message that takes the latest state along, and a wake for it', () => {
    const { owner } = storm(2);
    expect(owner.state.broadcasts).toHaveLength(1);
    owner.state.nextRoundAt = Number.POSITIVE_INFINITY;
    owner.state.hedges.length = 0;
    const due = flushDueAt(owner.state);
    expect(owner.nextWakeAt()).toBe(due);
    expect(due).toBeGreaterThan(1_996);
    expect(due).toBeLessThanOrEqual(2_100);
    const [push] = sendsOf(owner.handle({ type: 'wake' }, due));
    const { message } = push ?? {};
    const entries = message?.kind === 'push' ? message.chunks.flatMap((c) => c.entries) : [];
    expect(entries.map(({ version }) => version)).toContain(owner.state.version);
    expect(flushDueAt(owner.state)).toBe(Number.POSITIVE_INFINITY);
  });

  it('that passes through queues no more than 64 broadcasts, and counts what it dropped', () => {
    const engine = startEngine('self', { settings: { urgentPerSecond: 0.001, urgentBurst: 1 } });
    for (let i = 0; i < 200; i++) {
      const updates = [aliveUpdate(`m${i}`)];
      const head = { kind: 'push', cluster: engine.cluster, from: 1_000 + i, byKey: true } as const;
      const keyRange = { low: i, high: i + 1_000_000_000 };
      const message = { ...head, keyRange, chunks: [], definitions: [], updates };
      engine.handle({ type: 'request', token: i, message }, i);
    }
    expect(engine.state.broadcasts).toHaveLength(64);
    expect(engine.state.counters.broadcastsDropped).toBeGreaterThan(100);
  });
});
