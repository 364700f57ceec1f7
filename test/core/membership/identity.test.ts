// One id, two runs: a ghost of our own past is outbid; of two nodes that live, the one that was
// started later stops.

import { describe, expect, it } from 'vitest';
import type { Effect } from '../../../node/core/effects.ts';
import type { Engine } from '../../../node/core/engine.ts';
import { memberKey } from '../../../node/core/hash.ts';
import type { MemberUpdate } from '../../../node/core/membership/member.ts';
import { LIMITS } from '../../../node/core/wire/messages.ts';
import {
  aliveUpdate,
  CALM,
  metricsAt,
  REQUEST,
  samples,
  sendsOf,
  startEngine,
} from '../support.ts';

/** Somebody tells the node about a run of its own id. */
function hear(engine: Engine, changes: Partial<MemberUpdate>, now = 10): Effect[] {
  const updates = [aliveUpdate('n1', changes)];
  const message = { ...REQUEST, cluster: engine.cluster, updates };
  return engine.handle({ type: 'request', token: 1, message }, now);
}

function owner(): Engine {
  const engine = startEngine('n1', { generation: 5, definitions: [CALM] });
  engine.handle(samples(['cpu', 42]), 0);
  return engine;
}

describe('an update of an earlier run of this node', () => {
  it.each<[string, Partial<MemberUpdate>]>([
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

  it('has the values told to the store anew, which begins another run with them', () => {
    const effects = hear(owner(), { generation: 9 });
    const learned = effects.flatMap((effect) => (effect.type === 'learned' ? effect.readings : []));
    expect(learned).toMatchObject([{ id: 'n1', generation: 10, value: 42 }]);
  });

  it('leaves the values, their marks and the hash of the view sound', () => {
    const engine = owner();
    hear(engine, { generation: 9 });
    engine.handle(samples(['cpu', 90]), 20);
    const { self, members } = engine.state;
    expect(self.source.watermark).toBe(engine.state.version);
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

describe('a forged update at the end of its numbers', () => {
  it('cannot make the node send what no peer can read', () => {
    const engine = owner();
    hear(engine, { generation: 5, status: 'dead', incarnation: LIMITS.incarnation });
    expect(engine.state.self).toMatchObject({ generation: 6, incarnation: 0, status: 'alive' });
    hear(engine, { generation: LIMITS.generation, status: 'dead' });
    expect(engine.state.self.generation).toBe(6);
  });

  it('cannot make it say so by moving either', () => {
    const engine = owner();
    hear(engine, { generation: 5, status: 'suspect', incarnation: LIMITS.incarnation - 1 });
    expect(engine.state.self.incarnation).toBe(LIMITS.incarnation);
    engine.handle({ type: 'moved', address: 'http://elsewhere' }, 20);
    expect(engine.state.self).toMatchObject({ generation: 6, incarnation: 0 });
    expect(engine.view.member('n1')?.address).toBe('http://elsewhere');
  });
});

describe("another node that has this node's id", () => {
  /** Long enough that nobody doubts which of two runs began first. */
  const LATER = 60_000;
  const rivalAt = (engine: Engine) => engine.state.self.generation + 4;

  /** A claim that another run lives at `http://other`, and the question about it. */
  function claim(engine: Engine, ageMs: number) {
    const generation = rivalAt(engine);
    const told = hear(engine, { generation, address: 'http://other', ageMs }, LATER);
    const [question] = sendsOf(told).filter(({ message }) => message.kind === 'ping');
    const key = memberKey('n1', generation);
    expect(question).toMatchObject({ address: 'http://other', message: { target: key } });
    const exchange = question?.exchange ?? -1;
    return {
      generation,
      answered: (alive: boolean): Effect[] => {
        const message = { kind: 'ack', from: key, alive } as const;
        return engine.handle({ type: 'response', exchange, message }, LATER + 5);
      },
      unanswered: (): Effect[] =>
        engine.handle({ type: 'failure', exchange, failure: 'timeout' }, LATER + 900),
    };
  }
  const wordsTo = (effects: readonly Effect[]) =>
    sendsOf(effects).filter(({ message }) => message.kind === 'push');

  it('and was started later is outbid, and told so; this one goes on', () => {
    const engine = owner();
    const { generation, answered } = claim(engine, 1_000);
    const effects = answered(true);
    expect(effects).toContainEqual({ type: 'regenerated', generation: generation + 1 });
    expect(effects).toContainEqual({ type: 'id_shared', address: 'http://other' });
    expect(wordsTo(effects)).toMatchObject([
      {
        address: 'http://other',
        message: { updates: [{ id: 'n1', generation: generation + 1, ageMs: LATER + 5 }] },
      },
    ]);
    expect(Number.isFinite(engine.nextWakeAt())).toBe(true);
    expect(metricsAt(engine, 'n1')).toEqual({ cpu: 42 });
  });

  it('and was started earlier makes this one stop, once; it still answers', () => {
    const engine = owner();
    const { generation, answered } = claim(engine, 10 * LATER);
    const again = { generation, address: 'http://other', ageMs: 10 * LATER };
    expect(sendsOf(hear(engine, again, LATER + 2))).toEqual([]);
    const effects = [...answered(true), ...hear(engine, again, LATER + 20)];
    expect(effects.filter(({ type }) => type === 'id_taken')).toEqual([
      { type: 'id_taken', address: 'http://other' },
    ]);
    // Its user has a fault to put right as well.
    expect(wordsTo(effects)).toMatchObject([{ address: 'http://other' }]);
    expect(engine.nextWakeAt()).toBe(Number.POSITIVE_INFINITY);
    expect(engine.handle({ type: 'wake' }, 2 * LATER)).toEqual([]);
    const asked = hear(engine, { generation: 1 }, 2 * LATER);
    expect(asked.map(({ type }) => type)).toContain('answer');
  });

  it('is not taken for gone when the one that stopped leaves', () => {
    const engine = owner();
    claim(engine, 10 * LATER).answered(true);
    const left = engine.handle({ type: 'leave', notice: { reason: 'stopped' } }, LATER + 30);
    expect(left).toEqual([]);
  });

  it('and was started at the same time stays if its address sorts first, else it stops', () => {
    for (const [address, outcome] of [
      ['http://n1', 'id_shared'],
      ['http://z', 'id_taken'],
    ] as const) {
      const engine = startEngine('n1', { generation: 5, address });
      const effects = claim(engine, LATER + 500).answered(true);
      const told = effects.filter(({ type }) => type === 'id_shared' || type === 'id_taken');
      expect(told.map(({ type }) => type)).toEqual([outcome]);
    }
  });

  it('is outbid without a word when it is not there, or another node answers', () => {
    for (const end of ['denied', 'silent'] as const) {
      const engine = owner();
      const { generation, answered, unanswered } = claim(engine, 10 * LATER);
      const effects = end === 'denied' ? answered(false) : unanswered();
      expect(engine.state.self.generation).toBe(generation + 1);
      expect(effects.map(({ type }) => type)).not.toContain('id_shared');
    }
  });

  it('tells of itself from elsewhere, and its user is told where it is', () => {
    const engine = owner();
    const said = aliveUpdate('n1', { generation: 3, address: 'http://older' });
    const message = { ...REQUEST, cluster: engine.cluster, updates: [said] };
    const sharedIn = (from: number, at = 'http://n1') => {
      const viewer = startEngine('n1', { generation: 5, address: at });
      const effects = viewer.handle(
        { type: 'request', token: 1, message: { ...message, from } },
        5,
      );
      return effects.filter(({ type }) => type === 'id_shared');
    };
    const itself = memberKey('n1', 3);
    expect(sharedIn(itself)).toEqual([{ type: 'id_shared', address: 'http://older' }]);
    // What others tell of that run, and the last words of this node's own, are no other node.
    expect(sharedIn(1)).toEqual([]);
    expect(sharedIn(itself, 'http://older')).toEqual([]);
  });
});

describe("an outbound-only node that has this node's id", () => {
  const outbidding = (engine: Engine, times: number, ageMs: number): string[] => {
    const seen: string[] = [];
    for (let i = 0; i < times; i++) {
      const generation = engine.state.self.generation + 1;
      const effects = hear(engine, { generation, address: '', ageMs }, 60_000 + i);
      seen.push(...effects.map(({ type }) => type));
    }
    return seen.filter((type) => type === 'id_taken' || type === 'id_shared');
  };

  it('lives if it outbids this node thrice in turn: the one that was started later stops', () => {
    expect(outbidding(owner(), 1, 600_000)).toEqual([]);
    // It cannot be told when one has stopped, so each is told before.
    expect(outbidding(owner(), 2, 600_000)).toEqual(['id_shared']);
    expect(outbidding(owner(), 3, 600_000)).toEqual(['id_shared', 'id_taken']);
    expect(outbidding(owner(), 3, 1_000)).toEqual(['id_shared', 'id_shared']);
  });

  it("is an earlier run as long as its generations do not follow this node's", () => {
    const engine = owner();
    for (const generation of [9, 20, 30, 40, 50]) hear(engine, { generation, address: '' }, 60_000);
    expect(engine.state).toMatchObject({ replaced: false, self: { generation: 51 } });
  });
});

describe("a run of this node's own generation at another address", () => {
  it('is another node, as two clones may be: their generations part', () => {
    const engine = owner();
    hear(engine, { generation: 5, address: 'http://clone' });
    expect(engine.state.self.generation).toBeGreaterThan(5);
  });

  it('is this node where it was before it moved', () => {
    const engine = owner();
    engine.handle({ type: 'moved', address: 'http://elsewhere' }, 5);
    hear(engine, { generation: 5, address: 'http://n1' });
    expect(engine.state.self).toMatchObject({ generation: 5, address: 'http://elsewhere' });
  });
});

describe("values under this node's name that it never published", () => {
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
