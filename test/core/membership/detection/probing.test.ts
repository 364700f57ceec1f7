// A member that does not answer is probed through others before it is accused, and a node that was
// itself late accuses no member (Lifeguard's local health).

import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../../node/core/engine.ts';
import { applyUpdate } from '../../../../node/core/membership/updates.ts';
import type { Response } from '../../../../node/core/wire/messages.ts';
import { createNetwork } from '../../network.ts';
import { aliveUpdate, FIXED, introduce, memberOf, sendsOf, startEngine } from '../../support.ts';
import { ack, calling, fail, NOW, respond } from '../calling.ts';

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

  it('accuses when all probes fail, with ourselves as the only confirmer', () => {
    const { engine, call } = calling();
    const probes = fail(engine, call.exchange, 'refused', NOW);
    for (const [i, { exchange }] of probes.entries()) {
      expect(statusOfA(engine)).toBe('alive');
      fail(engine, exchange, 'timeout', NOW + 10 + i);
    }
    expect(statusOfA(engine)).toBe('suspect');
    expect([...(memberOf(engine, 'a').suspicion?.confirmers ?? [])]).toEqual([
      engine.state.self.key,
    ]);
  });

  it('accuses with the helpers that asked the member in vain as confirmers', () => {
    const { engine, call } = calling();
    const probes = fail(engine, call.exchange, 'refused', NOW);
    const from = (address: string) => memberOf(engine, address.slice(-1)).key;
    const helpers = probes.filter(({ message }) => message.kind === 'ping_request');
    const [silent, unasked, late] = helpers;
    if (!silent || !unasked || !late) throw new Error('nobody was asked');
    respond(engine, silent.exchange, ack(from(silent.address), false), NOW + 1);
    const told = { ...ack(from(unasked.address), false), unasked: true } as Response;
    respond(engine, unasked.exchange, told, NOW + 2);
    fail(engine, late.exchange, 'timeout', NOW + 3);
    for (const { exchange, message } of probes) {
      if (message.kind === 'ping') fail(engine, exchange, 'timeout', NOW + 4);
    }
    expect([...(memberOf(engine, 'a').suspicion?.confirmers ?? [])]).toEqual([
      engine.state.self.key,
      from(silent.address),
    ]);
  });

  it('is not decided by an earlier probe that ends late', () => {
    const { engine, call } = calling();
    const first = fail(engine, call.exchange, 'refused', NOW);
    const a = memberOf(engine, 'a');
    const helper = memberOf(engine, first[0]?.address.slice(-1) ?? '');
    respond(engine, first[0]?.exchange ?? 0, ack(helper.key, true), NOW + 1);
    expect(engine.state.probes.size).toBe(0);
    applyUpdate(engine.state, aliveUpdate('a', { incarnation: 1 }), NOW + 2);
    const probe = {
      startedAt: NOW + 3,
      silentSince: NOW,
      outstanding: 2,
      confirmers: new Set<number>(),
    };
    engine.state.probes.set(a, probe);
    for (const { exchange } of first.slice(1)) fail(engine, exchange, 'timeout', NOW + 4);
    expect(probe.outstanding).toBe(2);
    expect(statusOfA(engine)).toBe('alive');
  });

  it('that another release refused is a sign of life: no member is asked or accused', () => {
    const { engine, call } = calling();
    expect(fail(engine, call.exchange, 'other_version', NOW)).toEqual([]);
    expect(statusOfA(engine)).toBe('alive');
    expect(memberOf(engine, 'a').heardAt).toBe(NOW);
    expect(engine.state.health.score).toBe(0);
    expect(engine.state.counters.exchangesOtherVersion).toBe(1);
  });

  it('accuses no member when there is no room to ask others', () => {
    const { engine, call } = calling();
    for (let exchange = 10_000; engine.state.pending.size < 257; exchange++) {
      const pending = engine.state.pending.get(call.exchange);
      if (pending !== undefined) engine.state.pending.set(exchange, { ...pending });
    }
    expect(fail(engine, call.exchange, 'refused', NOW)).toEqual([]);
    expect(statusOfA(engine)).toBe('alive');
    expect(engine.state.counters.exchangesUnsent).toBeGreaterThan(0);
  });

  it('accuses no member when one of the others reached it', () => {
    const { engine, call } = calling();
    const [helper, ...rest] = fail(engine, call.exchange, 'timeout', NOW);
    if (helper === undefined) throw new Error('nobody was asked');
    const from = engine.state.members.byId.get(helper.address.slice(-1))?.key ?? 0;
    respond(engine, helper.exchange, ack(from, true), NOW + 10);
    for (const { exchange } of rest) fail(engine, exchange, 'timeout', NOW + 20);
    expect(statusOfA(engine)).toBe('alive');
  });

  it('does not believe a member that answers for another', () => {
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
  it('ignores its own time-outs of that time', () => {
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

  it('improves with every answer', () => {
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
    applyUpdate(engine.state, aliveUpdate('self', { status: 'suspect' }), 0);
    expect(engine.status().healthScore).toBe(1);
  });
});
