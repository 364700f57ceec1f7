// Which node probes a member when others ask for it, when a connection to it broke, or when one
// accused it.

import { describe, expect, it } from 'vitest';
import type { Input } from '../../../../node/core/effects.ts';
import type { Engine } from '../../../../node/core/engine.ts';
import { applyUpdate } from '../../../../node/core/membership/updates.ts';
import type { Request, Response } from '../../../../node/core/wire/messages.ts';
import { createNetwork, type Network } from '../../network.ts';
import {
  aliveUpdate,
  introduce,
  memberOf,
  type Send,
  sendsOf,
  startEngine,
} from '../../support.ts';
import { calling, fail, NOW, OTHERS } from '../calling.ts';

describe('a request to probe a member', () => {
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

  it('is answered with no when nothing answers there', () => {
    const { network, ask } = relaying();
    const key = network.engines[1]?.state.self.key ?? 0;
    network.failure = (address) => (address === 'http://target' ? 'timeout' : undefined);
    expect(ask(key)).toEqual({
      kind: 'ack',
      from: network.engines[0]?.state.self.key,
      alive: false,
    });
  });

  it('is answered as not probed by a node that was late or knows no such member', () => {
    const { network, ask } = relaying();
    expect(ask(1)).toMatchObject({ alive: false, unasked: true });
    const key = network.engines[1]?.state.self.key ?? 0;
    network.failure = (address) => (address === 'http://target' ? 'timeout' : undefined);
    network.engines[0]?.handle({ type: 'late', lateMs: 5_000 }, 0);
    expect(ask(key)).toMatchObject({ alive: false, unasked: true });
  });
});

describe('a kept connection that breaks', () => {
  const probesOf = (engine: Engine, input: Input, now: number): Send[] =>
    sendsOf(engine.handle(input, now)).filter(({ message }) => message.kind !== 'exchange');

  const turnOf = (engine: Engine, id: string): number => {
    const address = `http://${id}`;
    expect(probesOf(engine, { type: 'disconnected', address }, NOW)).toEqual([]);
    const { lookAt } = engine.state.broken.get(memberOf(engine, id)) ?? {};
    if (lookAt === undefined) throw new Error(`nobody looks after ${id}`);
    expect(engine.nextWakeAt()).toBeLessThanOrEqual(lookAt);
    return lookAt;
  };

  it('makes a node ask the member in its turn, and others when it does not answer', () => {
    const { engine } = calling();
    const at = turnOf(engine, 'b');
    expect(at - NOW).toBeLessThanOrEqual(80 * OTHERS.length);
    const [ping, ...none] = probesOf(engine, { type: 'wake' }, at);
    const target = memberOf(engine, 'b').key;
    expect(none).toEqual([]);
    expect(ping?.message).toMatchObject({ kind: 'ping', target });
    const probes = fail(engine, ping?.exchange ?? 0, 'refused', at + 1);
    expect(probes.map(({ message }) => message.kind)).toEqual(Array(3).fill('ping_request'));
    for (const { exchange } of probes) fail(engine, exchange, 'timeout', at + 2);
    expect(engine.view.member('b')?.status).toBe('suspect');
  });

  it('costs nothing where another looked before, and told of it', () => {
    const { engine } = calling();
    const at = turnOf(engine, 'b');
    const said = aliveUpdate('b', { status: 'suspect', confirmers: [1, 2, 3, 4] });
    applyUpdate(engine.state, said, at);
    expect(probesOf(engine, { type: 'wake' }, at)).toEqual([]);
  });

  it('costs nothing where the member was heard since', () => {
    const { engine } = calling();
    const at = turnOf(engine, 'b');
    memberOf(engine, 'b').heardAt = NOW + 0.5;
    expect(probesOf(engine, { type: 'wake' }, at)).toEqual([]);
  });

  it('has turns that no two nodes share, as far as they are apart', () => {
    const turns = Array.from({ length: 5 }, (_, i) => {
      const engine = startEngine(`self${i}`);
      for (let other = 0; other < 5; other++) {
        const { generation } = engine.state.self;
        const peer = aliveUpdate(`self${other}`, { generation });
        if (other !== i) applyUpdate(engine.state, peer, 0);
      }
      applyUpdate(engine.state, aliveUpdate('b'), 0);
      return Math.round((turnOf(engine, 'b') - NOW) / 80);
    });
    expect(turns.sort()).toEqual([0, 1, 2, 3, 4]);
  });

  it('means nothing for an address that no member has', () => {
    const { engine } = calling();
    expect(engine.handle({ type: 'disconnected', address: 'http://nobody' }, NOW)).toEqual([]);
  });
});

describe('the members that hear of a suspicion', () => {
  it('probe the suspect themselves now and then, so that no node alone decides', () => {
    let looked = 0;
    for (let number = 0; number < 200; number++) {
      const engine = startEngine(`self${number}`);
      for (let i = 0; i < 20; i++) applyUpdate(engine.state, aliveUpdate(`m${i}`), 0);
      const updates = [aliveUpdate('m3', { status: 'suspect', confirmers: [1] })];
      const head = { kind: 'push', cluster: engine.cluster, from: 1, byKey: true } as const;
      const message = { ...head, keyRange: undefined, chunks: [], definitions: [], updates };
      const sends = sendsOf(engine.handle({ type: 'request', token: 1, message }, 10));
      if (sends.some((send) => send.message.kind === 'ping')) looked++;
    }
    // Four of the nineteen that could.
    expect(looked / 200).toBeGreaterThan(0.1);
    expect(looked / 200).toBeLessThan(0.35);
  });
});
