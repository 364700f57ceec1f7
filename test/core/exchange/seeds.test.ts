// What changes while a node runs: which seeds it calls, and where it is itself.

import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../node/core/engine.ts';
import { createNetwork, startFleet } from '../network.ts';
import { FIXED, memberOf, samples, sendsOf, startEngine } from '../support.ts';

const seeds = (...addresses: string[]) => ({ type: 'seeds', addresses }) as const;

/** Addresses that rounds up to `untilMs` call. */
function knocksOf(engine: Engine, untilMs: number): Set<string> {
  const called = new Set<string>();
  while (engine.nextWakeAt() <= untilMs) {
    for (const { address, exchange } of sendsOf(
      engine.handle({ type: 'wake' }, engine.nextWakeAt()),
    )) {
      called.add(address);
      engine.handle({ type: 'failure', exchange, failure: 'refused' }, engine.nextWakeAt());
    }
  }
  return called;
}

describe('seeds that change', () => {
  it('are called in the place of the former ones', () => {
    const engine = startEngine('n1', { seeds: ['http://old'] });
    expect(knocksOf(engine, 5_000)).toEqual(new Set(['http://old']));
    engine.handle(seeds('http://a', 'http://b'), 5_000);
    expect(knocksOf(engine, 20_000)).toEqual(new Set(['http://a', 'http://b']));
  });

  it('are called soon by a node that is alone, however long its rounds became', () => {
    const settings = { maxRoundMs: 60_000 };
    const engine = startEngine('n1', { settings });
    knocksOf(engine, 300_000);
    expect(engine.nextWakeAt()).toBeGreaterThan(310_000);
    engine.handle(seeds('http://a'), 300_000);
    expect(engine.nextWakeAt()).toBeLessThanOrEqual(300_000 + FIXED.roundMs / 10);
    // Told again, they are no news.
    const before = startEngine('n2', { settings, seeds: ['http://a'] });
    const due = before.nextWakeAt();
    before.handle(seeds('http://a'), 0);
    expect(before.nextWakeAt()).toBe(due);
  });

  it('do not hurry a node that has live peers', () => {
    const network = startFleet(3);
    const [engine] = network.engines;
    const due = engine?.nextWakeAt();
    engine?.handle(seeds('http://a'), network.now);
    expect(engine?.nextWakeAt()).toBe(due);
  });

  it('are all called in turn, none twice before the others', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const addresses = Array.from({ length: 8 }, (_, i) => `http://s${i}`);
      const engine = startEngine('n1', { seed, seeds: addresses });
      const called: string[] = [];
      while (called.length < 16) {
        const now = engine.nextWakeAt();
        for (const { address, exchange } of sendsOf(engine.handle({ type: 'wake' }, now))) {
          called.push(address);
          engine.handle({ type: 'failure', exchange, failure: 'refused' }, now);
        }
      }
      expect(called.slice(0, 8).sort()).toEqual(addresses);
      expect(called.slice(8).sort()).toEqual(addresses);
    }
  });

  it('lead a whole fleet to a stranger', () => {
    const network = startFleet(2);
    const stranger = network.add(startEngine('n9', { seed: 9 }, network.now));
    network.feed(network.engines[0] as Engine, seeds('http://n9'));
    for (let round = 0; round < 6; round++) network.round();
    expect(stranger.view.members()).toHaveLength(3);
  });

  it('are neither the node itself, nor what no node can be reached at, nor endless', () => {
    const many = Array.from({ length: 5_000 }, (_, i) => `http://s${i}`);
    const bad = ['http://n1', 'http://169.254.169.254', 'dns://app.internal:4000', 'http://s1'];
    const engine = startEngine('n1', { seeds: [...bad, 'http://s1'] });
    expect(engine.state.seeds).toEqual(['http://s1']);
    engine.handle(seeds(...bad, ...many), 0);
    expect(engine.state.seeds).toHaveLength(1_024);
    expect(engine.state.seeds).not.toContain('http://n1');
  });
});

describe('a node whose address changes while it runs', () => {
  it('is called at the new one by every node at once, with what it told before', () => {
    const network = startFleet(8);
    const [mover] = network.engines as [Engine, ...Engine[]];
    network.feed(mover, samples(['storage', 55]));
    network.feed(mover, { type: 'moved', address: 'http://elsewhere' });
    for (const engine of network.engines) {
      expect(memberOf(engine, 'n01').address).toBe('http://elsewhere');
      expect(engine.view.member('n01')).toMatchObject({ status: 'alive', generation: 1 });
      expect(engine.view.member('n01')?.metrics[0]?.value).toBe(55);
    }
    network.log.length = 0;
    network.settle();
    expect(network.log.some(({ to }) => to === 'n01')).toBe(true);
    expect(network.log.every(({ to }) => to !== 'http://n01')).toBe(true);
  });

  it('outbids those who took it for dead at the old one', () => {
    const network = createNetwork();
    const [a, b] = ['n1', 'n2'].map((id, i) =>
      network.add(startEngine(id, { seed: i + 1, seeds: [`http://n${2 - i}`] })),
    ) as [Engine, Engine];
    network.settle();
    network.failure = (address) => (address === 'http://n1' ? 'timeout' : undefined);
    for (let round = 0; round < 20; round++) network.round();
    network.failure = () => undefined;
    network.feed(a, { type: 'moved', address: 'http://elsewhere' });
    for (let round = 0; round < 10; round++) network.round();
    expect(b.view.member('n1')).toMatchObject({ status: 'alive', address: 'http://elsewhere' });
  });

  it('says nothing when it is told what it knew, or has left', () => {
    const engine = startEngine('n1');
    expect(engine.handle({ type: 'moved', address: 'http://n1' }, 0)).toEqual([]);
    engine.handle({ type: 'leave', notice: { reason: '' } }, 0);
    expect(engine.handle({ type: 'moved', address: 'http://x' }, 0)).toEqual([]);
    expect(engine.state.self.address).toBe('http://n1');
  });
});
