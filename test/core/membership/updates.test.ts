// Updates about one id form a total order, so that all views agree whatever comes first; the
// accused defends itself, the forgotten do not come back, and what is remembered is bounded.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../node/core/engine.ts';
import { memberKey } from '../../../node/core/hash.ts';
import { beats, type MemberUpdate } from '../../../node/core/membership/member.ts';
import { applyUpdate } from '../../../node/core/membership/updates.ts';
import { STATUSES } from '../../../node/core/model.ts';
import { scaled } from '../../support/scale.ts';
import { aliveUpdate, memberOf, startEngine } from '../support.ts';

const say = (engine: Engine, id: string, changes: Partial<MemberUpdate> = {}, now = 0) =>
  applyUpdate(engine.state, aliveUpdate(id, changes), now);

const statusOf = (engine: Engine, id: string) => engine.view.member(id)?.status;

describe('of two updates about one run of a node', () => {
  it.each([
    ['alive', 0, 'suspect', 0],
    ['suspect', 0, 'dead', 0],
    ['dead', 0, 'left', 0],
    ['alive', 0, 'left', 0],
    ['suspect', 0, 'alive', 1],
    ['dead', 0, 'alive', 1],
    ['left', 0, 'alive', 1],
  ] as const)('%s at incarnation %i gives way to %s at %i', (status, incarnation, winner, at) => {
    const loser = { status, incarnation };
    const better = { status: winner, incarnation: at };
    expect(beats(better, loser)).toBe(true);
    expect(beats(loser, better)).toBe(false);
  });

  it('neither beats the other when they are equal', () => {
    const said = { status: 'suspect', incarnation: 3 } as const;
    expect(beats(said, said)).toBe(false);
  });

  it('the same wins at every node (total, transitive)', () => {
    const any = fc.record({ status: fc.constantFrom(...STATUSES), incarnation: fc.nat(3) });
    fc.assert(
      fc.property(any, any, any, (a, b, c) => {
        const equal = a.status === b.status && a.incarnation === b.incarnation;
        expect(Number(beats(a, b)) + Number(beats(b, a))).toBe(equal ? 0 : 1);
        if (beats(a, b) && beats(b, c)) expect(beats(a, c)).toBe(true);
      }),
    );
  });
});

describe('merging updates', () => {
  const updates = fc.array(
    fc.record({
      id: fc.constantFrom('a', 'b', 'c'),
      generation: fc.integer({ min: 1, max: 3 }),
      incarnation: fc.nat(2),
      status: fc.constantFrom(...STATUSES),
    }),
    { maxLength: 14 },
  );

  it('gives the same view in any order, once or twice (invariant e)', () => {
    const shuffled = updates.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(list, { minLength: list.length }),
        fc.subarray(list),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([list, other, again]) => {
        const [one, two] = [list, [...other, ...again]].map((order) => {
          const engine = startEngine('self');
          for (const { id, ...said } of order) say(engine, id, said);
          const { statusHash, dataHash } = engine.state.members;
          const known = engine.view
            .members()
            .map(({ id, generation, incarnation, status }) => [
              id,
              generation,
              incarnation,
              status,
            ]);
          return { statusHash, dataHash, known };
        });
        expect(one).toEqual(two);
      }),
      { numRuns: scaled(500, 20_000) },
    );
  });

  it('is news once: to be passed on the first time alone', () => {
    const engine = startEngine('self');
    expect(say(engine, 'a')?.id).toBe('a');
    expect(say(engine, 'a')).toBeUndefined();
    expect(say(engine, 'a', { status: 'dead' })?.id).toBe('a');
    expect(say(engine, 'a', { status: 'suspect' })).toBeUndefined();
  });
});

describe('the same id with a higher generation', () => {
  it('wins at once, at whatever address, over whatever status, with a view of its own', () => {
    const engine = startEngine('self');
    say(engine, 'a', { status: 'left' });
    memberOf(engine, 'a').source.watermark = 9;
    say(engine, 'a', { generation: 2, address: 'http://elsewhere' });
    expect(engine.view.member('a')).toMatchObject({
      status: 'alive',
      generation: 2,
      address: 'http://elsewhere',
      metrics: [],
    });
    expect(memberOf(engine, 'a').source.watermark).toBe(0);
  });

  it('is not undone by what is said of the lower one', () => {
    const engine = startEngine('self');
    say(engine, 'a', { generation: 2 });
    expect(say(engine, 'a', { generation: 1, status: 'dead', incarnation: 99 })).toBeUndefined();
    expect(statusOf(engine, 'a')).toBe('alive');
  });
});

describe('a member whose key another has already', () => {
  it('is made to take a later generation, for the wire could not distinguish the two', () => {
    const byKey = new Map<number, string>();
    const twins = (): readonly [string, string] => {
      for (let number = 0; ; number++) {
        const id = `m${number}`;
        const other = byKey.get(memberKey(id, 5));
        if (other !== undefined) return [other, id];
        byKey.set(memberKey(id, 5), id);
      }
    };
    const [first, second] = twins();
    const engine = startEngine('self');
    say(engine, first, { generation: 5 });
    expect(say(engine, second, { generation: 5 })).toBeUndefined();
    const [claim] = engine.state.staleClaims.values();
    expect(claim).toMatchObject({ id: second, generation: 5 });
    const refused = startEngine(second, { generation: 5 });
    const { id = '', ...changes } = claim ?? {};
    say(refused, id, changes);
    expect(refused.state.self.generation).toBeGreaterThan(5);
    expect(say(engine, second, { generation: refused.state.self.generation })).toBeDefined();
  });
});

describe('a later run that is heard of as dead at first', () => {
  it('is told as dead, not as a new run that lives', () => {
    const engine = startEngine('self');
    say(engine, 'a', { generation: 5 });
    engine.state.effects = [];
    say(engine, 'a', { generation: 6, status: 'dead' });
    const changes = engine.state.effects.filter(({ type }) => type === 'member');
    expect(changes).toMatchObject([{ change: 'dead', id: 'a', generation: 6 }]);
  });
});

describe('the dead', () => {
  const FORGET_MS = 60_000;
  const forgetting = { forgetAfterMs: FORGET_MS, maxForgotten: 5 };

  it('keep their last state until they are forgotten', () => {
    const engine = startEngine('self', { settings: forgetting });
    say(engine, 'a', { status: 'dead' });
    engine.handle({ type: 'wake' }, FORGET_MS - 1);
    expect(statusOf(engine, 'a')).toBe('dead');
    const effects = engine.handle({ type: 'wake' }, FORGET_MS * 2);
    expect(engine.view.member('a')).toBeUndefined();
    expect(effects).toContainEqual(
      expect.objectContaining({ type: 'member', change: 'forgotten', id: 'a' }),
    );
  });

  it('count their age from what was said, so that all forget at about the same time', () => {
    const engine = startEngine('self', { settings: forgetting });
    say(engine, 'a', { status: 'left', ageMs: FORGET_MS - 1_000 }, 5_000);
    engine.handle({ type: 'wake' }, 6_000);
    expect(engine.view.member('a')).toBeUndefined();
  });

  it('are not resurrected by old gossip after forgetting (invariant f)', () => {
    const engine = startEngine('self', { settings: forgetting });
    say(engine, 'a', { generation: 7, status: 'dead' });
    engine.handle({ type: 'wake' }, FORGET_MS);
    for (const status of STATUSES) {
      expect(say(engine, 'a', { generation: 7, status, incarnation: 50 })).toBeUndefined();
      expect(say(engine, 'a', { generation: 6, status })).toBeUndefined();
    }
    expect(engine.state.counters.updatesRefused).toBe(8);
    say(engine, 'a', { generation: 8 });
    expect(statusOf(engine, 'a')).toBe('alive');
  });

  it('that come when their time is over already are not let in', () => {
    const engine = startEngine('self', { settings: forgetting });
    expect(say(engine, 'a', { status: 'dead', ageMs: FORGET_MS })).toBeUndefined();
    expect(engine.view.member('a')).toBeUndefined();
  });

  it('are remembered up to a bound, the oldest forgotten first (invariant g)', () => {
    const engine = startEngine('self', { settings: forgetting });
    for (let i = 0; i < 12; i++) {
      say(engine, `m${i}`, { status: 'dead' }, i * FORGET_MS);
      engine.handle({ type: 'wake' }, (i + 1) * FORGET_MS);
    }
    expect([...engine.state.forgotten.keys()]).toEqual(['m7', 'm8', 'm9', 'm10', 'm11']);
  });
});

describe('a view', () => {
  it('holds no more members than it may, and counts those that it refused (invariant g)', () => {
    const engine = startEngine('self', { settings: { maxMembers: 10 } });
    for (let i = 0; i < 30; i++) say(engine, `m${i}`);
    expect(engine.view.members()).toHaveLength(10);
    expect(engine.state.counters.membersRefused).toBe(21);
  });

  it('never forgets itself', () => {
    const engine = startEngine('self', { settings: { forgetAfterMs: 1_000 } });
    engine.handle({ type: 'leave', notice: { reason: 'done' } }, 0);
    engine.handle({ type: 'wake' }, 100_000);
    expect(statusOf(engine, 'self')).toBe('left');
  });
});
