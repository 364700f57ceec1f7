// One id, two runs: a ghost of our own past is outbid, another node with our id is obeyed.

import { describe, expect, it } from 'vitest';
import type { Effect } from '../../node/core/effects.ts';
import type { Engine } from '../../node/core/engine.ts';
import { memberKey } from '../../node/core/hash.ts';
import type { Statement } from '../../node/core/member.ts';
import { LIMITS } from '../../node/core/wire.ts';
import { aliveStatement, CALM, REQUEST, samples, sendsOf, startEngine } from './support.ts';

/** Somebody tells the node about a run of its own id. */
function hear(engine: Engine, changes: Partial<Statement>, now = 10): Effect[] {
  const statements = [aliveStatement('n1', changes)];
  const message = { ...REQUEST, cluster: engine.cluster, statements };
  return engine.handle({ type: 'request', token: 1, message }, now);
}

function owner(): Engine {
  const engine = startEngine('n1', { generation: 5, definitions: [CALM] });
  engine.handle(samples(['cpu', 42]), 0);
  return engine;
}

describe('a ghost of our own past', () => {
  it.each<[string, Partial<Statement>]>([
    ['at our own address', { generation: 9 }],
    ['that is dead', { generation: 9, status: 'dead', address: 'http://old' }],
    ['that has left', { generation: 9, status: 'left', address: 'http://old' }],
    ['without an address', { generation: 9, address: '' }],
  ])('%s is outbid by a generation above its own', (_, ghost) => {
    const engine = owner();
    const effects = hear(engine, ghost);
    expect(effects).toContainEqual({ type: 'regenerated', generation: 10 });
    expect(engine.view.member('n1')).toMatchObject({
      generation: 10,
      status: 'alive',
      metrics: [{ value: 42 }],
    });
  });

  it('leaves the values, their marks and the hash of the view sound', () => {
    const engine = owner();
    hear(engine, { generation: 9 });
    engine.handle(samples(['cpu', 90]), 20);
    const { self, members } = engine.state;
    expect(self.source.base).toBe(engine.state.version);
    expect(members.byId.get('n1')).toBe(self);
    expect(members.byKey.size).toBe(1);
    expect(engine.view.member('n1')?.metrics[0]?.value).toBe(90);
  });

  it('of a lower generation is no matter at all', () => {
    const engine = owner();
    const effects = hear(engine, { generation: 4, status: 'dead' });
    expect(effects.map(({ type }) => type)).toEqual(['answer']);
    expect(engine.state.self.generation).toBe(5);
  });
});

describe('a forged statement at the end of its numbers', () => {
  it('cannot make the node say what nobody can read', () => {
    const engine = owner();
    hear(engine, { generation: 5, status: 'dead', incarnation: LIMITS.incarnation });
    expect(engine.state.self).toMatchObject({ generation: 6, incarnation: 0, status: 'alive' });
    hear(engine, { generation: LIMITS.generation, status: 'dead' });
    expect(engine.state.self.generation).toBe(6);
  });
});

describe('another node that took our id', () => {
  const taken = { generation: 9, address: 'http://other' };
  const rival = memberKey('n1', 9);

  /** What the address says when it is asked whether that run of our id lives there. */
  function answerOfRival(engine: Engine, effects: Effect[], alive: boolean): Effect[] {
    const [question] = sendsOf(effects).filter(({ message }) => message.kind === 'ping');
    expect(question).toMatchObject({ address: 'http://other', message: { target: rival } });
    const message = { kind: 'ack', from: rival, alive } as const;
    return engine.handle({ type: 'response', exchange: question?.exchange ?? -1, message }, 15);
  }

  it('is asked first, then named once; this one stops its rounds but still answers', () => {
    const engine = owner();
    const effects = hear(engine, taken);
    expect(sendsOf(hear(engine, taken, 12))).toEqual([]);
    effects.push(...answerOfRival(engine, effects, true), ...hear(engine, taken, 20));
    expect(effects.filter(({ type }) => type === 'id_taken')).toEqual([
      { type: 'id_taken', address: 'http://other' },
    ]);
    expect(engine.nextWakeAt()).toBe(Number.POSITIVE_INFINITY);
    expect(engine.handle({ type: 'wake' }, 5_000)).toEqual([]);
    expect(hear(engine, { generation: 1 }, 6_000).map(({ type }) => type)).toContain('answer');
  });

  it('but is not there, or is somebody else, is outbid', () => {
    const denied = owner();
    answerOfRival(denied, hear(denied, taken), false);
    expect(denied.state.self.generation).toBe(10);
    const silent = owner();
    const [question] = sendsOf(hear(silent, taken));
    const exchange = question?.exchange ?? -1;
    silent.handle({ type: 'failure', exchange, failure: 'timeout' }, 900);
    expect(silent.state.self.generation).toBe(10);
  });
});

describe('the later of two machines with one id', () => {
  /** The older one learns of a run at `http://newer`, asks there, and is told that it lives. */
  function twins() {
    const [older, newer] = [5, 9].map((generation) =>
      startEngine('n1', {
        generation,
        address: generation === 5 ? 'http://older' : 'http://newer',
      }),
    ) as [Engine, Engine];
    const [question] = sendsOf(hear(older, { generation: 9, address: 'http://newer' }));
    const message = { kind: 'ack', from: newer.state.self.key, alive: true } as const;
    const exchange = question?.exchange ?? -1;
    const [word] = sendsOf(older.handle({ type: 'response', exchange, message }, 15));
    if (word === undefined) throw new Error('the older one went without a word');
    return { newer, word };
  }
  const sharedIn = (effects: readonly Effect[]) =>
    effects.filter(({ type }) => type === 'id_shared');

  it('hears from the older one that there is another, and where', () => {
    const { newer, word } = twins();
    expect(word.address).toBe('http://newer');
    const effects = newer.handle({ type: 'request', token: 2, message: word.message }, 16);
    expect(sharedIn(effects)).toEqual([{ type: 'id_shared', address: 'http://older' }]);
    expect(newer.state.self.generation).toBe(9);
  });

  it('does not take what others tell of an earlier run for that run itself', () => {
    const { newer } = twins();
    expect(sharedIn(hear(newer, { generation: 5, address: 'http://older' }))).toEqual([]);
  });

  it('knows the last words of its own run before, which came from its own address', () => {
    const { word } = twins();
    const next = startEngine('n1', { generation: 9, address: 'http://older' });
    const message = word.message;
    expect(sharedIn(next.handle({ type: 'request', token: 2, message }, 16))).toEqual([]);
  });
});

describe('values under our name that we never published', () => {
  it('lose to a new generation', () => {
    const engine = owner();
    const { key } = engine.state.self;
    const entries = [{ index: 1, version: 5_000, ageMs: 0, value: 7 }];
    const chunks = [{ ref: key, from: 0, to: 5_000, entries }];
    const message = { ...REQUEST, cluster: engine.cluster, byKey: true, chunks };
    const effects = engine.handle({ type: 'request', token: 1, message }, 10);
    expect(effects).toContainEqual({ type: 'regenerated', generation: 6 });
    expect(engine.view.member('n1')?.metrics[0]?.value).toBe(42);
  });
});
