// Rounds: which peers a node calls in each, and how calm stretches them and news shortens them
// again.

import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../node/core/engine.ts';
import { applyUpdate } from '../../../node/core/membership/updates.ts';
import type { ProtocolSettings } from '../../../node/core/settings.ts';
import type { ExchangeRequest } from '../../../node/core/wire/messages.ts';
import { startFleet } from '../network.ts';
import {
  aliveUpdate,
  CALM,
  metric,
  REQUEST,
  samples,
  sendsOf,
  startEngine,
  URGENT,
} from '../support.ts';

const ADAPTIVE: Partial<ProtocolSettings> = { roundMs: 1_000, maxRoundMs: 3_000 };

/** Runs the next round at its own time; returns when that was. */
function nextRound(engine: Engine): number {
  const at = engine.state.nextRoundAt;
  engine.handle({ type: 'wake' }, at);
  return at;
}

/** A node that has known another for long and has nothing to tell: its rounds are the longest. */
function calm(settings = ADAPTIVE, definitions = [URGENT, CALM]): Engine {
  const engine = startEngine('self', { settings, definitions });
  applyUpdate(engine.state, aliveUpdate('peer'), 0);
  engine.handle(samples(['storage', 20], ['cpu', 20]), 0);
  for (let round = 0; round < 16; round++) {
    const at = nextRound(engine);
    // What the other would say, so that nobody is suspected.
    const { key } = [...engine.state.members.byKey.values()].at(-1) ?? { key: 0 };
    for (const exchange of [...engine.state.pending.keys()]) {
      engine.handle(
        { type: 'response', exchange, message: { kind: 'ack', from: key, alive: true } },
        at,
      );
    }
  }
  return engine;
}

describe('without news', () => {
  it('rounds stretch by a quarter each, up to the longest', () => {
    const engine = startEngine('self', { settings: ADAPTIVE });
    applyUpdate(engine.state, aliveUpdate('peer'), 0);
    // The member itself was news, and others might have followed.
    for (let round = 0; round < 3; round++) nextRound(engine);
    const lengths = Array.from({ length: 8 }, () => {
      nextRound(engine);
      return Math.round(engine.status().roundMs);
    });
    expect(lengths).toEqual([1_250, 1_563, 1_953, 2_441, 3_000, 3_000, 3_000, 3_000]);
  });

  it('rounds stay fixed when the longest is the shortest', () => {
    const engine = calm({ roundMs: 1_000, maxRoundMs: 1_000 });
    expect(engine.status().roundMs).toBe(1_000);
  });

  it('rounds vary by a tenth, so that nodes do not march in step', () => {
    const engine = calm({ roundMs: 1_000, maxRoundMs: 1_000 });
    const gaps = Array.from({ length: 200 }, () => {
      const at = nextRound(engine);
      return engine.state.nextRoundAt - at;
    });
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(900);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1_100);
    expect(Math.max(...gaps) - Math.min(...gaps)).toBeGreaterThan(150);
  });
});

describe('newcomers', () => {
  const gapsOf = (engine: Engine, count: number): number[] =>
    Array.from({ length: count }, () => {
      const at = nextRound(engine);
      return engine.state.nextRoundAt - at;
    });
  const young = (): Engine => {
    const engine = startEngine('self', { settings: ADAPTIVE });
    applyUpdate(engine.state, aliveUpdate('first'), 0);
    return engine;
  };

  it('are met in rounds of a fifth of the length, until three rounds brought no new node', () => {
    const gaps = gapsOf(young(), 4);
    expect(Math.max(...gaps.slice(0, 3))).toBeLessThanOrEqual(220);
    expect(gaps[3]).toBeGreaterThanOrEqual(900);
  });

  it('end a round that has begun', () => {
    const engine = young();
    gapsOf(engine, 4);
    const at = engine.state.nextRoundAt - 800;
    const said = aliveUpdate('second');
    const message: ExchangeRequest = {
      ...REQUEST,
      cluster: engine.cluster,
      byKey: true,
      updates: [said],
    };
    engine.handle({ type: 'request', token: 1, message }, at);
    expect(engine.state.nextRoundAt).toBe(at + 200);
  });

  it('do not shorten the rounds of a node that has run for 48 rounds', () => {
    const engine = young();
    gapsOf(engine, 48);
    applyUpdate(engine.state, aliveUpdate('late'), engine.state.nextRoundAt);
    expect(gapsOf(engine, 1)[0]).toBeGreaterThanOrEqual(900);
  });
});

describe('news', () => {
  it('that is important shortens a stretched round at once', () => {
    const engine = calm();
    const at = engine.state.nextRoundAt - 2_500;
    engine.handle(samples(['storage', 90]), at);
    expect(engine.state.nextRoundAt).toBe(at + 1_000);
    nextRound(engine);
    expect(engine.status().roundMs).toBe(1_000);
  });

  it('that is important never puts off a round', () => {
    const engine = calm();
    const due = engine.state.nextRoundAt;
    engine.handle(samples(['storage', 90]), due - 10);
    expect(engine.state.nextRoundAt).toBe(due);
  });

  it('that is unimportant shortens the round after it, in proportion to its priority', () => {
    for (const [priority, expected] of [
      [1, 2_800],
      [5, 2_000],
      [9, 1_200],
    ] as const) {
      const engine = calm(ADAPTIVE, [metric('any', { priority })]);
      engine.handle(samples(['any', 10]), engine.state.nextRoundAt - 2_000);
      const due = engine.state.nextRoundAt;
      engine.handle(samples(['any', 90]), due - 1_000);
      expect(engine.state.nextRoundAt).toBe(due);
      nextRound(engine);
      expect(engine.status().roundMs).toBeCloseTo(expected, 6);
    }
  });

  it('that was not published is none', () => {
    const engine = calm();
    const due = engine.state.nextRoundAt;
    engine.handle(samples(['cpu', 21], ['storage', 25]), due - 1_000);
    nextRound(engine);
    expect(engine.status().roundMs).toBe(3_000);
  });

  it('from others shortens rounds as own news does', () => {
    const network = startFleet(2, { settings: ADAPTIVE });
    const [one, two] = network.engines as [Engine, Engine];
    for (let round = 0; round < 14; round++) network.round();
    expect(two.status().roundMs).toBeGreaterThan(2_500);
    network.feed(one, samples(['storage', 95]));
    expect(two.state.nextRoundAt).toBeLessThanOrEqual(network.now + 1_000);
  });
});

describe('a round', () => {
  it.each([1, 2, 3, 16])('calls f = %i different peers, or all there are', (targetCount) => {
    const engine = startEngine('self', { settings: { targetCount, contactEveryRounds: 1_000 } });
    for (let i = 0; i < 5; i++) applyUpdate(engine.state, aliveUpdate(`m${i}`), 0);
    const called = sendsOf(engine.handle({ type: 'wake' }, 1_000)).map(({ address }) => address);
    expect(called).toHaveLength(Math.min(5, targetCount));
    expect(new Set(called).size).toBe(called.length);
  });

  it('of a node that is alone goes to a seed, every time until one answers', () => {
    const seeds = ['http://s1', 'http://s2'];
    const engine = startEngine('self', { seeds });
    const called = new Set<string>();
    for (let round = 0; round < 12; round++) {
      const [call, ...more] = sendsOf(engine.handle({ type: 'wake' }, engine.state.nextRoundAt));
      expect(more).toEqual([]);
      called.add(call?.address ?? '');
    }
    expect([...called].sort()).toEqual(seeds);
  });

  it('does not go to the node itself', () => {
    const engine = startEngine('self', { seeds: ['http://self'] });
    expect(sendsOf(engine.handle({ type: 'wake' }, 1_000))).toEqual([]);
  });

  it('goes to a dead peer or an unanswered seed every few rounds, forever', () => {
    const engine = startEngine('self', {
      seeds: ['http://seed'],
      settings: { contactEveryRounds: 5 },
    });
    applyUpdate(engine.state, aliveUpdate('living'), 0);
    applyUpdate(engine.state, aliveUpdate('dead', { status: 'dead' }), 0);
    const contacts: string[] = [];
    for (let round = 0; round < 100; round++) {
      for (const { address, exchange } of sendsOf(
        engine.handle({ type: 'wake' }, engine.state.nextRoundAt),
      )) {
        if (address !== 'http://living') contacts.push(address);
        engine.state.pending.delete(exchange);
      }
    }
    expect(contacts).toHaveLength(20);
    expect(new Set(contacts)).toEqual(new Set(['http://seed', 'http://dead']));
  });

  it('does not go to a node that left on purpose', () => {
    const engine = startEngine('self', { settings: { contactEveryRounds: 1 } });
    applyUpdate(engine.state, aliveUpdate('gone', { status: 'left' }), 0);
    for (let round = 0; round < 10; round++) {
      expect(sendsOf(engine.handle({ type: 'wake' }, engine.state.nextRoundAt))).toEqual([]);
    }
  });

  it('heals a partition whose sides took each other for dead (invariant i)', () => {
    const network = startFleet(6, { settings: { suspicionMinMs: 2_000, suspicionMaxMs: 2_000 } });
    const side = (address: string): boolean => address < 'http://n04';
    network.failure = (to, _, { state }) =>
      side(to) === side(state.self.address) ? undefined : 'unreachable';
    for (let round = 0; round < 15; round++) network.round();
    expect(network.engines[0]?.view.member('n06')?.status).toBe('dead');
    expect(network.engines[5]?.view.member('n01')?.status).toBe('dead');
    network.failure = () => undefined;
    network.settle(40);
    for (const engine of network.engines) {
      expect(engine.view.members().map(({ status }) => status)).toEqual(Array(6).fill('alive'));
    }
  });
});
