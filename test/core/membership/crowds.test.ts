// Very many members, which any peer can invent: what each input may cost.

import { describe, expect, it } from 'vitest';
import { keepEntry } from '../../../node/core/data/keep.ts';
import type { Engine } from '../../../node/core/engine.ts';
import { applyUpdate } from '../../../node/core/membership/updates.ts';
import { aliveUpdate, FIXED, memberOf, REQUEST, sendsOf, startEngine } from '../support.ts';

const PUSH = { ...REQUEST, kind: 'push', keyRange: undefined, byKey: true } as const;

it('very many suspects are looked at ten times a second, and die as much later at most', () => {
  const engine = startEngine('self');
  for (let i = 0; i < 1_000; i++) {
    const said = aliveUpdate(`m${i}`, { status: 'suspect', confirmers: [7], address: '' });
    applyUpdate(engine.state, said, 0);
  }
  let now = 0;
  while (engine.state.suspects.size > 0 && now < 3 * FIXED.suspicionMaxMs) {
    expect(engine.nextWakeAt()).toBeLessThanOrEqual(now + 100);
    now = Math.max(now + 1, engine.nextWakeAt());
    engine.handle({ type: 'wake' }, now);
  }
  expect(engine.state.suspects.size).toBe(0);
  // Whoever only heard of a suspicion declares the death last.
  const turnMs = 2 * FIXED.exchangeTimeoutMs + 250;
  expect(now).toBeLessThanOrEqual(FIXED.suspicionMaxMs + turnMs + 200);
});

describe('many members that a peer invented', () => {
  const COUNT = 2_000;
  /** What one turn may ask: a few members, each through three others and itself. */
  const MOST_SENDS = 8 * (FIXED.indirectProbes + 1);

  function crowded(status: 'alive' | 'suspect'): Engine {
    const engine = startEngine('self');
    const changes = { address: 'http://made-up', status, confirmers: [7] };
    for (let i = 0; i < COUNT; i++) applyUpdate(engine.state, aliveUpdate(`m${i}`, changes), 0);
    return engine;
  }

  const accusedBySelf = ({ state }: Engine): number =>
    [...state.suspects].filter(({ suspicion }) => suspicion?.confirmers.has(state.self.key)).length;

  it('at one address are not all looked after when its connections break', () => {
    const engine = crowded('alive');
    const disconnected = { type: 'disconnected', address: 'http://made-up' } as const;
    for (let i = 0; i < 30; i++) engine.handle(disconnected, 20);
    let asked = 0;
    for (let now = 30; now < 1_000; now += 10) {
      const sends = sendsOf(engine.handle({ type: 'wake' }, now));
      asked += sends.filter(({ message }) => message.kind.startsWith('ping')).length;
    }
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThanOrEqual(MOST_SENDS);
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

describe('one message', () => {
  it('makes a node take one new generation at most, however many claims to its id it holds', () => {
    const engine = startEngine('self');
    const claims = Array.from({ length: 1_000 }, (_, i) =>
      aliveUpdate('self', { generation: 2 + 2 * i, status: 'dead' }),
    );
    const effects = engine.handle(
      { type: 'request', token: 1, message: { ...PUSH, cluster: engine.cluster, updates: claims } },
      10,
    );
    expect(effects.filter(({ type }) => type === 'regenerated')).toHaveLength(1);
    expect(engine.state.self.generation).toBe(2 + 2 * 999 + 1);
  });

  it.each([
    ['values', { index: 200, version: 2, sampledAt: 0, value: 1 }],
    [
      'cards',
      {
        ...{ index: -200, version: 2, sampledAt: 0 },
        value: { definitionKey: 1, priority: 1, labelValues: [] },
      },
    ],
  ])('has a bounded number of runs with %s replaced; the others come again', (_, entry) => {
    const engine = startEngine('self');
    const ids = Array.from({ length: 200 }, (_, i) => `m${i}`);
    const tell = (generation: number): void => {
      const updates = ids.map((id) => aliveUpdate(id, { generation }));
      const message = { ...PUSH, cluster: engine.cluster, updates };
      engine.handle({ type: 'request', token: 1, message }, 10);
    };
    tell(1);
    for (const id of ids) keepEntry(engine.state, memberOf(engine, id), entry);
    const renewed = () => ids.filter((id) => memberOf(engine, id).generation === 2).length;
    tell(2);
    expect(renewed()).toBe(Math.floor(16_384 / 201));
    while (renewed() < ids.length) {
      const before = renewed();
      tell(2);
      expect(renewed()).toBeGreaterThan(before);
    }
  });

  it('has the slots of a member looked through once, however many runs it brings', () => {
    const engine = startEngine('self');
    applyUpdate(engine.state, aliveUpdate('m'), 0);
    const { key, source } = memberOf(engine, 'm');
    for (let i = 1; i <= 200; i++) {
      keepEntry(engine.state, memberOf(engine, 'm'), {
        ...{ index: i, version: 2 * i + 2, sampledAt: 0, value: i },
      });
    }
    let reads = 0;
    source.cells = new Proxy(source.cells, {
      get: (cells, name) => {
        reads++;
        return Reflect.get(cells, name);
      },
    });
    const chunks = Array.from({ length: 200 }, (_, i) => ({
      ...{ ref: key, from: 2 * i, to: 2 * i + 1, entries: [] },
    }));
    const message = { ...PUSH, cluster: engine.cluster, chunks };
    engine.handle({ type: 'request', token: 1, message }, 10);
    expect(reads).toBeLessThan(200 * 20);
  });
});
