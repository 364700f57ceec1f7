// One conversation between two nodes: what a joiner learns, what is asked for, what is refused.

import { describe, expect, it } from 'vitest';
import { definitionKey } from '../../../node/core/data/definitions.ts';
import { definitionKeys } from '../../../node/core/data/slots.ts';
import type { Effect } from '../../../node/core/effects.ts';
import type { Engine } from '../../../node/core/engine.ts';
import { applyUpdate } from '../../../node/core/membership/updates.ts';
import type { Answer, WireEntry } from '../../../node/core/wire/messages.ts';
import { createNetwork, type Network, startFleet, viewsAreEqual } from '../network.ts';
import {
  aliveUpdate,
  CALM,
  FIXED,
  introduce,
  memberOf,
  metric,
  metricsAt,
  opened,
  REQUEST,
  samples,
  sendsOf,
  startEngine,
  URGENT,
} from '../support.ts';

describe('two nodes', () => {
  function pair(): [Network, Engine, Engine] {
    const network = createNetwork();
    const one = network.add(startEngine('one', { seeds: ['http://two'] }));
    const two = network.add(startEngine('two', { seed: 2 }));
    one.handle(samples(['storage', 11]), 0);
    two.handle(samples(['storage', 22], ['cpu', 5]), 0);
    return [network, one, two];
  }

  it('that meet know all of each other after one conversation', () => {
    const [network, one, two] = pair();
    network.now = 1_000;
    network.feed(one, { type: 'wake' });
    for (const engine of [one, two]) {
      expect(metricsAt(engine, 'one')).toEqual({ storage: 11 });
      expect(metricsAt(engine, 'two')).toEqual({ storage: 22, cpu: 5 });
    }
    expect(viewsAreEqual([one, two])).toBe(true);
  });

  it('of clusters with other names never mix (invariant j)', () => {
    const network = createNetwork();
    const ours = network.add(startEngine('ours', { seeds: ['http://theirs'] }));
    const theirs = network.add(startEngine('theirs', { settings: { cluster: 'other' } }));
    network.now = 1_000;
    expect(() => network.feed(ours, { type: 'wake' })).toThrow(/cluster of another name/);
    expect(theirs.view.members()).toHaveLength(1);
  });

  it('tell a new value on the next round, whoever calls', () => {
    const [network, one, two] = pair();
    network.settle();
    for (const owner of [one, two]) {
      network.feed(owner, samples(['cpu', 60]));
      network.round();
      for (const engine of [one, two]) {
        expect(metricsAt(engine, owner.view.selfId)).toMatchObject({ cpu: 60 });
      }
    }
  });

  it('say once what each value was: id, generation, version and time', () => {
    const [network, one, two] = pair();
    network.settle();
    network.now = 10_000;
    network.feed(two, samples(['cpu', 77]));
    const told = sendsOf(two.handle({ type: 'wake' }, 12_000))[0];
    const effects = one.handle(
      { type: 'request', token: 9, message: told?.message ?? REQUEST },
      12_000,
    );
    const readings = effects.flatMap((effect) =>
      effect.type === 'learned' ? effect.readings : [],
    );
    expect(readings).toMatchObject([
      { id: 'two', generation: 1, value: 77, version: 6, sampledAt: 10_000 },
    ]);
  });
});

describe('a metric', () => {
  const temperature = metric('temperature', { unit: '°C', priority: 7 });

  it('defined at run time reaches every other node, words and value', () => {
    const network = startFleet(5);
    const [owner] = network.engines as [Engine];
    network.feed(owner, { type: 'define', definition: temperature });
    network.feed(owner, samples(['temperature', 21.5]));
    network.settle();
    // The words for one family wait for the next round.
    for (let round = 0; round < 3; round++) network.round();
    for (const engine of network.engines) {
      const readings = engine.view.member('n01')?.metrics ?? [];
      expect(readings).toContainEqual(
        expect.objectContaining({ definition: temperature, value: 21.5 }),
      );
    }
  });

  it('whose words are not known is not shown, is asked for, and then told as learned', () => {
    const engine = startEngine('self');
    applyUpdate(engine.state, aliveUpdate('peer'), 0);
    const { key } = memberOf(engine, 'peer');
    const peer = startEngine('peer', { definitions: [temperature] });
    peer.handle(samples(['temperature', 40]), 0);
    const [definitionKey = 0] = peer.state.definitions.keys();
    const entries = [
      ...opened([{ definitionKey, priority: 7 }], { rack: 'r1' }),
      { index: 1, version: 3, ageMs: 0, value: 400 },
    ];
    const head = { ...REQUEST, cluster: engine.cluster, from: key, byKey: true, rosterHash: 0 };
    const chunks = [{ ref: key, from: 0, to: 3, entries }];
    engine.handle({ type: 'request', token: 1, message: { ...head, chunks } }, 0);
    expect(engine.view.member('peer')).toMatchObject({ labels: { rack: 'r1' }, metrics: [] });

    const [call] = sendsOf(engine.handle({ type: 'wake' }, 1_000));
    expect(call?.message).toMatchObject({ wants: { definitions: [definitionKey] } });
    const reply = peer.handle(
      { type: 'request', token: 2, message: call?.message ?? REQUEST },
      1_000,
    );
    const answer = reply.flatMap((e) => (e.type === 'answer' ? [e.message as Answer] : []))[0];
    expect(answer?.definitions).toEqual([temperature]);
    const effects = engine.handle(
      { type: 'response', exchange: call?.exchange ?? 0, message: answer as Answer },
      1_001,
    );
    expect(metricsAt(engine, 'peer')).toEqual({ temperature: 40 });
    expect(effects).toContainEqual(
      expect.objectContaining({
        type: 'learned',
        readings: [expect.objectContaining({ value: 40 })],
      }),
    );
  });

  it('is told as learned when a value came before its words or before its card', () => {
    const engine = startEngine('self', { definitions: [] });
    applyUpdate(engine.state, aliveUpdate('peer'), 0);
    const { key } = memberOf(engine, 'peer');
    const card = { definitionKey: definitionKey(temperature), priority: 7, labelValues: [] };
    const value = { index: 1, version: 2, ageMs: 0, value: 400 };
    const first = { index: -1, version: 1, ageMs: 0, value: card };
    const head = { ...REQUEST, cluster: engine.cluster, from: key, byKey: true, rosterHash: 0 };
    const hear = (entry: WireEntry) => {
      const chunks = [{ ref: key, from: 0, to: 0, entries: [entry] }];
      return engine.handle({ type: 'request', token: 1, message: { ...head, chunks } }, 0);
    };
    const told = (effects: readonly Effect[]) =>
      effects.flatMap((e) => (e.type === 'learned' ? e.readings.map((r) => r.value) : []));
    expect(told(hear(value))).toEqual([]);
    expect(told(hear(first))).toEqual([]);
    // This node comes to have the same metric itself.
    expect(told(engine.handle({ type: 'define', definition: temperature }, 0))).toEqual([40]);
    expect(told(hear({ ...value, version: 3, value: 410 }))).toEqual([41]);
    expect(told(hear({ ...value, index: 2, version: 5, value: 420 }))).toEqual([]);
    expect(told(hear({ ...first, index: -2, version: 4 }))).toEqual([42]);
  });

  it('is defined once, and never more of them than a node may have', () => {
    const engine = startEngine('self', { definitions: [CALM], settings: { maxMetrics: 3 } });
    for (const name of ['a', 'b', 'c', 'd', 'a', 'cpu']) {
      engine.handle({ type: 'define', definition: metric(name) }, 0);
    }
    expect([...engine.state.ownSlots.keys()]).toEqual(['cpu', 'a', 'b']);
    expect([...definitionKeys(engine.state.self.source.record)]).toHaveLength(3);
  });
});

describe('a node that is called', () => {
  it('answers no more than max(16, 3 f) calls a round in full, then says that it is busy', () => {
    for (const [targetCount, cap] of [
      [1, 16],
      [8, 24],
    ] as const) {
      const engine = startEngine('self', { settings: { targetCount } });
      const busy = Array.from({ length: 30 }, (_, token) => {
        const message = { ...REQUEST, cluster: engine.cluster, from: token };
        const effects = engine.handle({ type: 'request', token, message }, token);
        return effects.some(
          (e) => e.type === 'answer' && e.message.kind === 'answer' && e.message.busy,
        );
      });
      expect(busy.indexOf(true)).toBe(cap);
      expect(engine.status().counters.busyAnswers).toBe(30 - cap);
      engine.handle({ type: 'wake' }, 2_000);
      expect(engine.state.inboundThisRound).toBe(0);
    }
  });

  it('takes what a call brings even when it is busy, and answers with nothing then', () => {
    const engine = startEngine('self');
    const answers = Array.from({ length: 20 }, (_, token) => {
      const updates = [aliveUpdate(`m${token}`)];
      const message = { ...REQUEST, cluster: engine.cluster, from: token, updates };
      const effects = engine.handle({ type: 'request', token, message }, 0);
      return effects.flatMap((e) => (e.type === 'answer' ? [e.message as Answer] : []))[0];
    });
    expect(engine.view.members()).toHaveLength(21);
    expect(answers.at(-1)).toMatchObject({ busy: true, chunks: [], updates: [] });
    expect(answers.at(-1)?.digest).toBeUndefined();
    expect(answers[0]?.digest).toBeDefined();
  });

  it('takes nothing on trust that it cannot place: strangers, old rosters, ourselves', () => {
    const engine = startEngine('self', { definitions: [URGENT] });
    engine.handle(samples(['storage', 50]), 0);
    const { key } = engine.state.self;
    const entries = [{ index: 1, version: 900, ageMs: 0, value: 1 }];
    const chunks = [key, 12_345].map((ref) => ({ ref, from: 0, to: 900, entries }));
    const message = { ...REQUEST, cluster: engine.cluster, rosterHash: 0, byKey: true, chunks };
    engine.handle({ type: 'request', token: 1, message }, 0);
    const positions = { ...REQUEST, cluster: engine.cluster, rosterHash: 99, chunks };
    engine.handle({ type: 'request', token: 2, message: positions }, 0);
    expect(metricsAt(engine, 'self')).toEqual({ storage: 50 });
    expect(engine.state.self.source.watermark).toBe(3);
  });
});

describe('an exchange', () => {
  it('is dropped when its starter no longer waits for it', () => {
    const engine = startEngine('self');
    const message = { kind: 'ack', from: 1, alive: true } as const;
    expect(engine.handle({ type: 'response', exchange: 99, message }, 0)).toEqual([]);
    expect(engine.handle({ type: 'failure', exchange: 99, failure: 'timeout' }, 0)).toEqual([]);
  });

  it('is not started beyond 256 under way', () => {
    const engine = startEngine('self', { settings: { targetCount: 16, neighbours: 400 } });
    for (let i = 0; i < 400; i++) applyUpdate(engine.state, aliveUpdate(`m${i}`), 0);
    for (let round = 1; round < 40; round++) engine.handle({ type: 'wake' }, round * 1_500);
    expect(engine.status().pending).toBe(256);
  });

  it('between equal views is counted and brings nothing', () => {
    const network = startFleet(3);
    for (let round = 0; round < 5; round++) network.round();
    const [one] = network.engines as [Engine];
    const before = { ...one.state.counters };
    for (let round = 0; round < 5; round++) network.round();
    const after = one.state.counters;
    expect(after.exchangesEqual).toBeGreaterThan(before.exchangesEqual);
    expect(after.entriesLearned).toBe(before.entriesLearned);
    expect(after.entriesDuplicate).toBe(before.entriesDuplicate);
  });
});

describe('wall clocks', () => {
  it('are compared now and then, so that a peer that is off is flagged', () => {
    const network = createNetwork();
    const [one, two] = [startEngine('one'), startEngine('two', { seed: 3 })];
    for (const engine of [one, two]) network.add(engine);
    introduce(one, two);
    introduce(two, one);
    const wallMs = 1_700_000_000_000;
    network.feed(one, { type: 'clock', wallMs });
    network.feed(two, { type: 'clock', wallMs: wallMs + 90_000 });
    for (let round = 0; round < 20; round++) network.round();
    expect(one.view.member('two')?.skewMs).toBe(90_000);
    expect(two.view.member('one')?.skewMs).toBe(-90_000);
  });

  it('do not touch the protocol: nothing is told of them while they are not known', () => {
    const network = startFleet(2);
    for (let round = 0; round < 20; round++) network.round();
    for (const { message } of network.log)
      expect(message).not.toHaveProperty('wallMs', expect.any(Number));
    expect(network.engines[0]?.view.member('n02')?.skewMs).toBeUndefined();
    expect(FIXED.roundMs).toBe(1_000);
  });
});
