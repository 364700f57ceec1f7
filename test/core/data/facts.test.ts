// Facts that others keep: a copy follows what its author told last, and is known for a copy after
// its keeper's memory ended.

import { describe, expect, it, vi } from 'vitest';
import { keepEntry } from '../../../node/core/data/keep.ts';
import { createSource, putEntry } from '../../../node/core/data/source.ts';
import type { Engine } from '../../../node/core/engine.ts';
import { applyUpdate } from '../../../node/core/membership/updates.ts';
import type { Push } from '../../../node/core/wire/messages.ts';
import { createNetwork } from '../network.ts';
import { comeBack } from '../snapshot/snapshots.ts';
import { aliveUpdate, FIXED, memberOf, startEngine } from '../support.ts';

const HOUR_MS = 3_600_000;
const KEPT = { type: 'fact', key: 'note', priority: 5, ttlMs: HOUR_MS, isKept: true } as const;

/** An author and one who keeps what it tells. */
function keeping() {
  const network = createNetwork();
  const author = network.add(startEngine('author'));
  const keeper = network.add(startEngine('edge', { seeds: ['http://author'] }));
  const rounds = (count: number): void => {
    for (let i = 0; i < count; i++) network.round();
  };
  rounds(3);
  return { network, author, keeper, rounds };
}

const factsOf = ({ view }: Engine) =>
  view.facts('').map(({ author, key, value }) => ({ author, key, value }));

/** Cards of facts that the engine itself publishes. */
const copiesOf = ({ state }: Engine) =>
  (state.self.source.record?.slots ?? []).flatMap((slot) =>
    slot?.card && 'key' in slot.card ? [slot.card] : [],
  );

describe('a copy of a fact', () => {
  it('says under which version its author told what it holds', () => {
    const { network, author, keeper, rounds } = keeping();
    for (const value of ['1', '2']) {
      network.feed(author, { ...KEPT, value });
      rounds(4);
      expect(copiesOf(keeper)).toMatchObject([
        { origin: { author: 'author', generation: 1, version: author.state.version } },
      ]);
    }
  });

  it('is a copy still after its keeper came back: no second is made, and it ends', () => {
    const { network, author, keeper, rounds } = keeping();
    network.feed(author, { ...KEPT, value: '1' });
    rounds(4);
    expect(copiesOf(keeper)).toHaveLength(1);
    network.engines.pop();
    const again = network.add(comeBack(keeper, network.now, 0, { seeds: ['http://author'] }));
    network.feed(author, { ...KEPT, value: '2' });
    rounds(4);
    expect(copiesOf(again)).toHaveLength(1);
    expect(factsOf(again)).toEqual([{ author: 'author', key: 'note', value: '2' }]);
    network.feed(author, { type: 'end_fact', key: 'note' });
    rounds(6);
    expect(factsOf(again).map(({ key }) => key)).toEqual(['end/note']);
    expect(copiesOf(again).map(({ key }) => key)).not.toContain('note');
  });
});

describe('very many facts, as anybody can make them up', () => {
  const card = (key: string) => ({
    ...{ key, priority: 5, ttlMs: HOUR_MS, isKept: true, origin: undefined },
  });

  /** `count` kept facts of each of so many members. */
  function flooded(memberCount: number, count: number): Engine {
    const engine = startEngine('self');
    for (let i = 0; i < memberCount; i++) {
      const id = `m${i}`;
      applyUpdate(engine.state, aliveUpdate(id), 0);
      const cards = Array.from({ length: count }, (_, k) => ({
        ...{ index: -k - 1, version: 2 * k + 1, ageMs: 0, value: card(`${id}/${k}`) },
      }));
      const texts = cards.map(({ index, version }) => ({
        ...{ index: -index, version: version + 1, ageMs: 0, value: '1' },
      }));
      const entries = [...cards, ...texts];
      const message: Push = {
        ...{ kind: 'push', cluster: engine.cluster, from: 1, keyRange: undefined, byKey: true },
        ...{ updates: [], definitions: [] },
        chunks: [{ ref: memberOf(engine, id).key, from: 0, to: 2 * count, entries }],
      };
      engine.handle({ type: 'request', token: 1, message }, 0);
    }
    return engine;
  }

  it('are held up to a number, however short they are; what is refused is counted', () => {
    const engine = flooded(100, 200);
    expect(engine.view.facts('').length).toBeLessThanOrEqual(16_384);
    expect(engine.view.facts('').length).toBeGreaterThan(16_000);
    expect(engine.state.counters.entriesRefused).toBeGreaterThan(3_000);
  });

  it('are looked at some in each round, for whom their keepers are depends on all members', () => {
    const engine = flooded(10, 200);
    const look = vi.spyOn(engine.state.members.byId, 'values');
    engine.handle({ type: 'wake' }, FIXED.roundMs);
    expect(look.mock.calls.length).toBeGreaterThan(256);
    expect(look.mock.calls.length).toBeLessThan(300);
  });

  it('leave a node slots of its own: it keeps so many copies, no more', () => {
    const engine = flooded(3, 200);
    for (let round = 1; round <= 10; round++) {
      engine.handle({ type: 'wake' }, round * FIXED.roundMs);
    }
    expect(copiesOf(engine)).toHaveLength(64);
    expect(engine.status().factCount).toBe(64);
  });

  it('of one member are changed in place, and their length is known', () => {
    const engine = startEngine('self');
    applyUpdate(engine.state, aliveUpdate('m'), 0);
    const member = memberOf(engine, 'm');
    const tell = (version: number, value: string | number): void => {
      keepEntry(engine.state, member, { index: 1, version, sampledAt: 0, value });
    };
    tell(1, 'abc');
    const { texts } = member.source;
    tell(2, 'de');
    expect(member.source.texts).toBe(texts);
    expect(member.source.textLength).toBe(2);
    tell(3, 7);
    expect(member.source).toMatchObject({ textLength: 0 });
  });

  it('and values that are stale are marked in place', () => {
    const source = createSource();
    const stale = (index: number): boolean =>
      putEntry(source, { index, version: 1, sampledAt: 0, value: 1, isStale: true });
    stale(1);
    const marked = source.stale;
    stale(2);
    expect(source.stale).toBe(marked);
  });
});
