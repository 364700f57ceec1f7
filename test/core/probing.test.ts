// Who does not answer is asked through others before it is accused, and a node that was itself late
// accuses nobody (Lifeguard's local health).

import { describe, expect, it } from 'vitest';
import type { ExchangeFailure } from '../../node/core/effects.ts';
import type { Engine } from '../../node/core/engine.ts';
import { applyStatement } from '../../node/core/membership.ts';
import type { Request, Response } from '../../node/core/wire.ts';
import { createNetwork, type Network } from './network.ts';
import {
  aliveStatement,
  FIXED,
  introduce,
  memberOf,
  type Send,
  sendsOf,
  startEngine,
} from './support.ts';

const OTHERS = ['a', 'b', 'c', 'd', 'e'];

/** A node that knows five others, in the middle of an exchange with `a`. */
function calling(): { engine: Engine; call: Send } {
  const engine = startEngine('self');
  for (const id of OTHERS) applyStatement(engine.state, aliveStatement(id), 0);
  for (let now = 1_000; now < 30_000; now += 1_200) {
    const calls = sendsOf(engine.handle({ type: 'wake' }, now));
    const call = calls.find(({ address }) => address === 'http://a');
    for (const { exchange, address } of calls) {
      if (address === 'http://a') continue;
      respond(engine, exchange, ack(memberOf(engine, address.slice(-1)).key, true), now);
    }
    if (call !== undefined) return { engine, call };
  }
  throw new Error('nobody called a');
}

function fail(engine: Engine, exchange: number, failure: ExchangeFailure, now: number): Send[] {
  return sendsOf(engine.handle({ type: 'failure', exchange, failure }, now));
}

const respond = (engine: Engine, exchange: number, message: Response, now: number): void => {
  engine.handle({ type: 'response', exchange, message }, now);
};

const ack = (from: number, alive: boolean): Response => ({ kind: 'ack', from, alive });
const NOW = 40_000;
const statusOfA = (engine: Engine) => engine.view.member('a')?.status;

describe('a failed exchange', () => {
  it('asks three others and the member itself before it accuses', () => {
    const { engine, call } = calling();
    const probes = fail(engine, call.exchange, 'timeout', NOW);
    const asked = probes.filter(({ message }) => message.kind === 'ping_request');
    expect(asked).toHaveLength(FIXED.indirectProbes);
    expect(asked.every(({ address }) => address !== 'http://a')).toBe(true);
    for (const { message } of asked) {
      expect(message).toMatchObject({ target: memberOf(engine, 'a').key });
    }
    expect(probes.filter(({ message }) => message.kind === 'ping')).toHaveLength(1);
    expect(statusOfA(engine)).toBe('alive');
  });

  it('accuses when all probes fail, with ourselves as the only accuser', () => {
    const { engine, call } = calling();
    const probes = fail(engine, call.exchange, 'refused', NOW);
    for (const [i, { exchange }] of probes.entries()) {
      expect(statusOfA(engine)).toBe('alive');
      fail(engine, exchange, 'timeout', NOW + 10 + i);
    }
    expect(statusOfA(engine)).toBe('suspect');
    expect([...(memberOf(engine, 'a').suspicion?.accusers ?? [])]).toEqual([engine.state.self.key]);
  });

  it('accuses nobody when one of the others reached the member', () => {
    const { engine, call } = calling();
    const [helper, ...rest] = fail(engine, call.exchange, 'timeout', NOW);
    if (helper === undefined) throw new Error('nobody was asked');
    const from = engine.state.members.byId.get(helper.address.slice(-1))?.key ?? 0;
    respond(engine, helper.exchange, ack(from, true), NOW + 10);
    for (const { exchange } of rest) fail(engine, exchange, 'timeout', NOW + 20);
    expect(statusOfA(engine)).toBe('alive');
  });

  it('does not believe a member who answers for another', () => {
    const { engine, call } = calling();
    respond(engine, call.exchange, ack(12_345, true), NOW);
    expect(engine.state.probes.has(memberOf(engine, 'a'))).toBe(true);
  });

  it('of two nodes that know only each other leads to an accusation as well', () => {
    const network = createNetwork();
    const [one, other] = [startEngine('one'), startEngine('other')];
    network.add(one);
    introduce(one, other);
    network.round();
    expect(one.view.member('other')?.status).toBe('suspect');
  });
});

describe('a node that was late itself', () => {
  it('ignores its own time-outs of that while', () => {
    const { engine, call } = calling();
    engine.handle({ type: 'late', lateMs: 3_000 }, NOW);
    expect(fail(engine, call.exchange, 'timeout', NOW + 1)).toEqual([]);
    expect(statusOfA(engine)).toBe('alive');
  });

  it('still believes a refusal, for that was an answer of the other machine', () => {
    const { engine, call } = calling();
    engine.handle({ type: 'late', lateMs: 3_000 }, NOW);
    expect(fail(engine, call.exchange, 'refused', NOW + 1)).not.toEqual([]);
  });

  it('drops an accusation whose probes ran meanwhile', () => {
    const { engine, call } = calling();
    const probes = fail(engine, call.exchange, 'timeout', NOW);
    engine.handle({ type: 'late', lateMs: 500 }, NOW + 600);
    for (const { exchange } of probes) fail(engine, exchange, 'timeout', NOW + 700);
    expect(statusOfA(engine)).toBe('alive');
  });

  it('believes its time-outs again once it runs on time', () => {
    const { engine } = calling();
    engine.handle({ type: 'late', lateMs: 3_000 }, NOW);
    const [later] = sendsOf(engine.handle({ type: 'wake' }, NOW + 5_000));
    expect(fail(engine, later?.exchange ?? 0, 'timeout', NOW + 6_000)).not.toEqual([]);
  });

  it('takes ordinary jitter of the event loop for nothing', () => {
    const { engine } = calling();
    engine.handle({ type: 'late', lateMs: 99 }, NOW);
    expect(engine.status().healthScore).toBe(0);
  });
});

describe('local health', () => {
  const timeoutNow = (engine: Engine, now: number): number =>
    sendsOf(engine.handle({ type: 'wake' }, now))[0]?.timeoutMs ?? Number.NaN;

  it('stretches time-outs by one each time it worsens, ninefold at most', () => {
    const { engine } = calling();
    const base = FIXED.exchangeTimeoutMs;
    const seen = Array.from({ length: 11 }, (_, i) => {
      const timeoutMs = timeoutNow(engine, NOW + i * 1_200);
      engine.handle({ type: 'late', lateMs: 200 }, NOW + i * 1_200 + 1);
      return timeoutMs / base;
    });
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9]);
  });

  it('mends with every answer', () => {
    const network = createNetwork();
    const [one, other] = [startEngine('one'), startEngine('other')];
    for (const engine of [one, other]) network.add(engine);
    introduce(one, other);
    introduce(other, one);
    for (let i = 0; i < 3; i++) one.handle({ type: 'late', lateMs: 200 }, i);
    expect(one.status().healthScore).toBe(3);
    for (let i = 0; i < 3; i++) network.round();
    expect(one.status().healthScore).toBe(0);
  });

  it('worsens when a node is accused: it may be the one that is cut off', () => {
    const engine = startEngine('self');
    applyStatement(engine.state, aliveStatement('self', { status: 'suspect' }), 0);
    expect(engine.status().healthScore).toBe(1);
  });
});

describe('a plea to probe', () => {
  /** Three nodes, of which the asker knows the relay alone. */
  function relaying(): { network: Network; ask: (target: number) => Response } {
    const network = createNetwork();
    const [relay, target] = [startEngine('relay'), startEngine('target')];
    for (const engine of [relay, target]) network.add(engine);
    const answers: Response[] = [];
    const asker = startEngine('asker');
    network.add(asker);
    introduce(asker, relay);
    introduce(relay, target);
    const ask = (key: number): Response => {
      const message: Request = {
        kind: 'ping_request',
        cluster: asker.cluster,
        from: asker.state.self.key,
        target: key,
      };
      const exchange = 999;
      const known = memberOf(asker, 'relay');
      asker.state.pending.set(exchange, {
        purpose: 'ping_request',
        member: known,
        address: known.address,
        startedAt: 0,
        rosterHash: 0,
        depth: 0,
      });
      network.deliver(asker, {
        type: 'send',
        exchange,
        address: known.address,
        message,
        timeoutMs: 1,
      });
      answers.push(
        ...network.log.flatMap((d) => (d.to === 'asker' ? [d.message as Response] : [])),
      );
      return answers.at(-1) as Response;
    };
    return { network, ask };
  }

  it('is answered with what the target itself says', () => {
    const { network, ask } = relaying();
    const target = network.engines[1] as Engine;
    expect(ask(target.state.self.key)).toMatchObject({ kind: 'ack', alive: true });
    // Another run of it, or somebody else, lives at that address.
    expect(ask(4_711)).toMatchObject({ kind: 'ack', alive: false });
  });

  it('is answered with no when nobody answers there', () => {
    const { network, ask } = relaying();
    network.failure = (address) => (address === 'http://target' ? 'timeout' : undefined);
    expect(ask(1)).toMatchObject({ kind: 'ack', alive: false });
  });
});

describe('a kept connection that breaks', () => {
  it('makes the node look after the member at once', () => {
    const { engine } = calling();
    const probes = sendsOf(engine.handle({ type: 'disconnected', address: 'http://b' }, NOW));
    const target = memberOf(engine, 'b').key;
    expect(probes.length).toBeGreaterThan(1);
    for (const { message } of probes) expect(message).toMatchObject({ target });
  });

  it('means nothing for an address that nobody has', () => {
    const { engine } = calling();
    expect(engine.handle({ type: 'disconnected', address: 'http://nobody' }, NOW)).toEqual([]);
  });
});

describe('those who hear of a suspicion', () => {
  it('look for themselves now and then, so that it does not rest on one', () => {
    let looked = 0;
    for (let seed = 0; seed < 200; seed++) {
      const engine = startEngine('self', { seed });
      for (let i = 0; i < 20; i++) applyStatement(engine.state, aliveStatement(`m${i}`), 0);
      const statements = [aliveStatement('m3', { status: 'suspect', accusers: [1] })];
      const head = { kind: 'push', cluster: engine.cluster, from: 1, byKey: true } as const;
      const message = { ...head, duty: undefined, chunks: [], definitions: [], statements };
      const sends = sendsOf(engine.handle({ type: 'request', token: 1, message }, 10));
      if (sends.some((send) => send.message.kind === 'ping')) looked++;
    }
    // Four of the nineteen that could.
    expect(looked / 200).toBeGreaterThan(0.1);
    expect(looked / 200).toBeLessThan(0.35);
  });
});

describe('many members that somebody made up', () => {
  const COUNT = 2_000;
  /** What one turn may ask: a few members, each through three others and itself. */
  const MOST_SENDS = 8 * (FIXED.indirectProbes + 1);

  function crowded(status: 'alive' | 'suspect'): Engine {
    const engine = startEngine('self');
    const changes = { address: 'http://made-up', status, accusers: [7] };
    for (let i = 0; i < COUNT; i++)
      applyStatement(engine.state, aliveStatement(`m${i}`, changes), 0);
    return engine;
  }

  const accusedBySelf = ({ state }: Engine): number =>
    [...state.suspects].filter(({ suspicion }) => suspicion?.accusers.has(state.self.key)).length;

  it('at one address are not all looked after when its connection breaks', () => {
    const engine = crowded('alive');
    const sends = sendsOf(engine.handle({ type: 'disconnected', address: 'http://made-up' }, 20));
    expect(sends.length).toBeGreaterThan(0);
    expect(sends.length).toBeLessThanOrEqual(MOST_SENDS);
    expect(engine.state.suspects.size).toBe(0);
  });

  it('are looked for a few at a time when all are suspect, and not accused unasked', () => {
    const engine = crowded('suspect');
    let looks = 0;
    let now = 0;
    while (engine.state.suspects.size === COUNT) {
      now = Math.max(now, engine.nextWakeAt());
      const sends = sendsOf(engine.handle({ type: 'wake' }, now));
      const probes = sends.filter(({ message }) => message.kind.startsWith('ping'));
      expect(probes.length).toBeLessThanOrEqual(MOST_SENDS);
      looks += probes.length;
      expect(accusedBySelf(engine)).toBe(0);
    }
    expect(looks).toBeGreaterThan(MOST_SENDS);
  });
});
