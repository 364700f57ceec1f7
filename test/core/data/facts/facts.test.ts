// Facts that others keep: a copy follows what its author told last, and is known for a copy after
// its keeper's memory ended.

import { describe, expect, it, vi } from 'vitest';
import {
  type FactFault,
  type OwnFact,
  publishFact,
} from '../../../../node/core/data/facts/facts.ts';
import { keepEntry } from '../../../../node/core/data/keep.ts';
import type { FactOrigin } from '../../../../node/core/data/slots.ts';
import { createSource, entryAt, putEntry } from '../../../../node/core/data/source.ts';
import type { Engine } from '../../../../node/core/engine.ts';
import { applyUpdate } from '../../../../node/core/membership/updates.ts';
import type { Push } from '../../../../node/core/wire/messages.ts';
import { createNetwork } from '../../network.ts';
import { comeBack } from '../../snapshot/snapshots.ts';
import { aliveUpdate, FIXED, memberOf, startEngine } from '../../support.ts';

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

  it('stays a copy after its keeper came back: no second is made, and it ends', () => {
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

it.each([0, 1])('a fact that is told anew is shown meanwhile (part %i comes first)', (first) => {
  const { network, author, keeper, rounds } = keeping();
  const fact = { ...KEPT, isKept: false };
  network.feed(author, { ...fact, value: '1' });
  rounds(4);
  author.handle({ ...fact, value: '2' }, network.now);
  const slot = author.state.ownFacts.get('note') ?? 0;
  const { source, key } = author.state.self;
  const parts = [-slot, slot].flatMap((index) => entryAt(source, index) ?? []);
  const { sampledAt, ...entry } = parts[first] ?? { sampledAt: 0, index: 0, version: 0, value: 0 };
  const message: Push = {
    ...{ kind: 'push', cluster: keeper.cluster, from: key, keyRange: undefined, byKey: true },
    ...{ updates: [], definitions: [] },
    chunks: [{ ref: key, from: 0, to: 1, entries: [{ ...entry, ageMs: 0 }] }],
  };
  keeper.handle({ type: 'request', token: 1, message }, network.now);
  expect(factsOf(keeper)).toMatchObject([{ key: 'note', value: first === 0 ? '1' : '2' }]);
});

describe('a fact that one node publishes in the name of another', () => {
  /** What a peer says that it keeps, and tells. */
  function told(engine: Engine, origin: FactOrigin, isKept = true, key = 'note') {
    const value = { key, priority: 5, ttlMs: HOUR_MS, isKept, origin };
    const entries = [
      { index: -1, version: 2, ageMs: 0, value },
      { index: 1, version: 3, ageMs: 0, value: '"made up"' },
    ];
    const message: Push = {
      ...{ kind: 'push', cluster: engine.cluster, from: 1, keyRange: undefined, byKey: true },
      ...{ updates: [], definitions: [] },
      chunks: [{ ref: memberOf(engine, 'liar').key, from: 0, to: 3, entries }],
    };
    return engine.handle({ type: 'request', token: 1, message }, 0);
  }

  function knowing(...ids: readonly string[]): Engine {
    const engine = startEngine('self');
    for (const id of ids) applyUpdate(engine.state, aliveUpdate(id), 0);
    return engine;
  }

  it('counts for nothing while its author is known under that run', () => {
    const engine = knowing('liar', 'author');
    told(engine, { author: 'author', generation: 1, version: 99 });
    expect(factsOf(engine)).toEqual([]);
  });

  it('ends no fact in the name of a node that is known, of whatever run', () => {
    for (const generation of [1, 2]) {
      const engine = knowing('liar', 'author');
      engine.handle({ ...KEPT, value: '1' }, 0);
      told(engine, { author: 'author', generation, version: 99 }, true, 'end/note');
      expect(factsOf(engine)).toEqual([{ author: 'self', key: 'note', value: '1' }]);
    }
  });

  it('stands in for an author whose run is over, or who is not known', () => {
    for (const [author, generation] of [
      ['author', 0],
      ['gone', 7],
    ] as const) {
      const engine = knowing('liar', 'author');
      told(engine, { author, generation, version: 99 });
      expect(factsOf(engine)).toEqual([{ author, key: 'note', value: '"made up"' }]);
      expect(engine.state.counters.factsForged).toBe(0);
    }
  });

  it.each<[string, FactOrigin, boolean]>([
    ['of this node, which never told it', { author: 'self', generation: 1, version: 99 }, true],
    ['of the very node that holds it', { author: 'liar', generation: 0, version: 1 }, true],
    ['that asked nobody to keep it', { author: 'gone', generation: 7, version: 1 }, false],
  ])('%s is not shown; it is counted and reported', (_, origin, isKept) => {
    const engine = knowing('liar');
    const effects = told(engine, origin, isKept);
    expect(factsOf(engine)).toEqual([]);
    expect(engine.state.counters.factsForged).toBe(1);
    expect(effects).toContainEqual({ type: 'fact_forged', id: 'liar', key: 'note' });
  });
});

describe('a fact of the node itself', () => {
  const FINE = { key: 'k', value: '"v"', priority: 5 };

  it.each<[string, Partial<OwnFact>, FactFault]>([
    ['without a key', { key: '' }, 'key'],
    ['with a key of 65 characters', { key: 'k'.repeat(65) }, 'key'],
    ['with a key that steers a terminal', { key: 'k\u001b[2J' }, 'key'],
    ['with a value of more than 1 KiB', { value: 'é'.repeat(513) }, 'value'],
    ['with a value that cannot be shown', { value: '"\u200b"' }, 'value'],
    ['with priority 0', { priority: 0 }, 'priority'],
    ['with priority 256', { priority: 256 }, 'priority'],
    ['with half a priority', { priority: 1.5 }, 'priority'],
    ['that ended before', { ttlMs: -1 }, 'ttl'],
    ['that lasts for a century', { ttlMs: 3_200_000_000_000 }, 'ttl'],
    ['that lasts for no number', { ttlMs: Number.NaN }, 'ttl'],
    ['to be kept without an end', { isKept: true }, 'no_end'],
  ])('%s is refused, and nothing is told', (_, change, fault) => {
    const engine = startEngine('self');
    expect(engine.factFault({ ...FINE, ...change })).toBe(fault);
    publishFact(engine.state, { ...FINE, ...change }, 0);
    expect(factsOf(engine)).toEqual([]);
  });

  it('is taken up to each limit, and beyond 4 KiB of all it is refused', () => {
    const engine = startEngine('self');
    for (let i = 0; i < 4; i++) {
      const fact = { ...FINE, key: `${i}`.repeat(64), value: '7'.repeat(i < 3 ? 1_024 : 768) };
      expect(engine.factFault(fact)).toBeUndefined();
      engine.handle({ type: 'fact', ...fact }, 0);
    }
    expect(engine.view.facts('')).toHaveLength(4);
    expect(engine.factFault(FINE)).toBe('node_full');
  });
});

describe('very many facts, which any peer can invent', () => {
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

  it('are looked at some in each round, for which nodes keep them depends on all members', () => {
    const engine = flooded(10, 200);
    const look = vi.spyOn(engine.state.members.byId, 'values');
    engine.handle({ type: 'wake' }, FIXED.roundMs);
    expect(look.mock.calls.length).toBeGreaterThan(256);
    expect(look.mock.calls.length).toBeLessThan(300);
  });

  it('leave a node slots of its own: the number of copies that it keeps is bounded', () => {
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

  it('are marked in place when they are stale', () => {
    const source = createSource();
    const stale = (index: number): boolean =>
      putEntry(source, { index, version: 1, sampledAt: 0, value: 1, isStale: true });
    stale(1);
    const marked = source.stale;
    stale(2);
    expect(source.stale).toBe(marked);
  });
});
