// Which node is accused, which declares its death and when, and how it refutes.

import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../../node/core/engine.ts';
import { deathDueAt } from '../../../../node/core/membership/detection/suspicion-spread.ts';
import type { MemberUpdate } from '../../../../node/core/membership/member.ts';
import { applyUpdate } from '../../../../node/core/membership/updates.ts';
import { aliveUpdate, FIXED, memberOf, startEngine } from '../../support.ts';

const say = (engine: Engine, id: string, changes: Partial<MemberUpdate> = {}, now = 0) =>
  applyUpdate(engine.state, aliveUpdate(id, changes), now);

const suspicionOf = (engine: Engine) => {
  const { suspicion } = memberOf(engine, 'a');
  if (suspicion === undefined) throw new Error('nobody suspects a');
  return suspicion;
};

const statusOf = (engine: Engine, id: string) => engine.view.member(id)?.status;

describe('the accused', () => {
  it.each(['suspect', 'dead', 'left'] as const)(
    'refutes being %s with a higher incarnation',
    (status) => {
      const engine = startEngine('self');
      say(engine, 'self', { status, incarnation: 4 });
      expect(engine.view.member('self')).toMatchObject({ status: 'alive', incarnation: 5 });
      expect(engine.state.counters.refutations).toBe(1);
    },
  );

  it('tells every member at once, its confirmer too', () => {
    const engine = startEngine('self');
    say(engine, 'confirmer');
    const accusation = aliveUpdate('self', { status: 'suspect', confirmers: [1] });
    const effects = engine.handle(
      {
        type: 'request',
        token: 1,
        message: {
          kind: 'push',
          cluster: engine.cluster,
          from: memberOf(engine, 'confirmer').key,
          keyRange: undefined,
          byKey: true,
          chunks: [],
          updates: [accusation],
          definitions: [],
        },
      },
      10,
    );
    const pushes = effects.flatMap((e) => (e.type === 'send' ? [e] : []));
    expect(pushes).toHaveLength(1);
    expect(pushes[0]?.address).toBe('http://confirmer');
    expect(pushes[0]?.message).toMatchObject({
      kind: 'push',
      updates: [{ id: 'self', status: 'alive', incarnation: 1 }],
    });
  });

  it('keeps silent about old accusations that it refuted before', () => {
    const engine = startEngine('self');
    say(engine, 'self', { status: 'dead', incarnation: 0 });
    expect(say(engine, 'self', { status: 'dead', incarnation: 0 })).toBeUndefined();
    expect(engine.state.counters.refutations).toBe(1);
  });
});

describe('a suspect', () => {
  const settings = { suspicionMinMs: 2_000, suspicionMaxMs: 6_000 };

  function suspecting(confirmers: number[]): Engine {
    const engine = startEngine('self', { settings });
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) say(engine, id);
    say(engine, 'a', { status: 'suspect', confirmers }, 0);
    return engine;
  }

  it('dies when its time is over, not before, and all hear of it from a confirmer', () => {
    const engine = suspecting([startEngine('self').state.self.key]);
    suspicionOf(engine).looked = true;
    engine.state.nextRoundAt = Number.POSITIVE_INFINITY;
    engine.handle({ type: 'wake' }, 5_999);
    expect(statusOf(engine, 'a')).toBe('suspect');
    expect(engine.nextWakeAt()).toBe(6_000);
    const effects = engine.handle({ type: 'wake' }, 6_000);
    expect(statusOf(engine, 'a')).toBe('dead');
    expect(effects).toContainEqual(
      expect.objectContaining({ type: 'member', change: 'dead', id: 'a' }),
    );
    expect(effects.some((e) => e.type === 'send' && e.message.kind === 'push')).toBe(true);
  });

  it('is marked dead last by nodes that only heard of it, and they push nothing', () => {
    const engine = suspecting([1, 2, 3, 4]);
    engine.state.nextRoundAt = Number.POSITIVE_INFINITY;
    const dueAt = deathDueAt(engine.state, memberOf(engine, 'a'));
    expect(dueAt).toBeGreaterThan(FIXED.suspicionMaxMs);
    suspicionOf(engine).looked = true;
    const effects = engine.handle({ type: 'wake' }, dueAt);
    expect(statusOf(engine, 'a')).toBe('dead');
    expect(effects.filter(({ type }) => type === 'send')).toEqual([]);
  });

  it('is declared by one confirmer after another, each well after the one before', () => {
    const self = startEngine('self').state.self.key;
    const due = (confirmers: number[]) => {
      const engine = suspecting([self, ...confirmers]);
      return deathDueAt(engine.state, memberOf(engine, 'a'));
    };
    const all = Array.from({ length: 40 }, (_, i) => due([i, i + 100, i + 200]));
    const turns = [...new Set(all)].sort((a, b) => a - b);
    expect(turns).toHaveLength(4);
    expect(turns[0]).toBe(FIXED.suspicionMinMs);
    turns.slice(1).forEach((at, i) => {
      expect(at - (turns[i] ?? 0)).toBeGreaterThan(2 * FIXED.exchangeTimeoutMs);
    });
  });

  it('dies the sooner the more confirm the suspicion, each confirmer counted once', () => {
    const self = startEngine('self').state.self.key;
    const due = (confirmers: number[]): number => {
      const engine = suspecting([self]);
      for (const key of confirmers) say(engine, 'a', { status: 'suspect', confirmers: [key] }, 100);
      expect(suspicionOf(engine).confirmers.size).toBeLessThanOrEqual(4);
      return deathDueAt(engine.state, memberOf(engine, 'a'));
    };
    expect(due([])).toBe(6_000);
    // Those whose turn to declare it comes after ours.
    const others = Array.from({ length: 100 }, (_, i) => i + 1).filter(
      (key) => due([key]) === 4_000,
    );
    expect(others.length).toBeGreaterThan(3);
    expect(due(others.slice(0, 1))).toBe(4_000);
    expect(due([...others.slice(0, 1), ...others.slice(0, 1), self])).toBe(4_000);
    expect(due(others.slice(0, 3))).toBe(2_000);
    expect(due(others)).toBe(2_000);
  });

  it('lives on when it refutes, or when it is heard', () => {
    const engine = suspecting([1]);
    say(engine, 'a', { incarnation: 1 }, 1_000);
    engine.handle({ type: 'wake' }, 20_000);
    expect(statusOf(engine, 'a')).toBe('alive');

    const other = suspecting([1]);
    memberOf(other, 'a').heardAt = 5_000;
    other.handle({ type: 'wake' }, 10_999);
    expect(statusOf(other, 'a')).toBe('suspect');
  });

  it('is given as much more time as this node was late itself', () => {
    const engine = suspecting([startEngine('self').state.self.key]);
    engine.handle({ type: 'late', lateMs: 4_000 }, 4_500);
    expect(deathDueAt(engine.state, memberOf(engine, 'a'))).toBe(10_000);
  });
});
