// A peer that publishes facts for others. Copies are no forgery as such: live nodes keep facts of
// authors that may be gone. But nobody's copy counts beside the author's own word.

import { expect, it } from 'vitest';
import type { FactCard } from '../../../node/core/data/slots.ts';
import type { Engine } from '../../../node/core/engine.ts';
import { applyUpdate } from '../../../node/core/membership/updates.ts';
import { aliveUpdate, FIXED, memberOf, startEngine } from '../support.ts';

const HOUR_MS = 3_600_000;
const CARD: FactCard = {
  ...{ key: 'note', priority: 5, ttlMs: HOUR_MS, isKept: true, origin: undefined },
};
const copyOf = (author: string, generation: number, version: number): FactCard => ({
  ...CARD,
  origin: { author, generation, version },
});

/** What a member tells: these cards, with their own number for a value. */
function tell(engine: Engine, id: string, cards: readonly FactCard[], generation = 1) {
  applyUpdate(engine.state, { ...aliveUpdate(id), generation }, 0);
  const entries = cards.flatMap((value, i) => [
    { index: -i - 1, version: 2 * i + 1, ageMs: 0, value },
    { index: i + 1, version: 2 * i + 2, ageMs: 0, value: `${id}/${i}` },
  ]);
  const chunk = { ref: memberOf(engine, id).key, from: 0, to: entries.length, entries };
  return engine.handle(
    {
      ...{ type: 'request', token: 1 },
      message: {
        ...{ kind: 'push', cluster: engine.cluster, from: 1, keyRange: undefined, byKey: true },
        ...{ updates: [], definitions: [], chunks: [chunk] },
      },
    },
    0,
  );
}

const factsOf = ({ view }: Engine) =>
  view.facts('').map(({ author, key, value }) => `${author} ${key} ${value}`);

it('a copy of what a node never told is counted there, told, and shown to nobody', () => {
  const engine = startEngine('self');
  const { generation } = engine.state.self;
  const effects = tell(engine, 'liar', [copyOf('self', generation, 1_000)]);
  expect(effects).toContainEqual({ type: 'fact_forged', id: 'liar', key: 'note' });
  expect(engine.status().counters.factsForged).toBe(1);
  expect(factsOf(engine)).toEqual([]);
  // Nor does the node keep it for others.
  for (let round = 1; round <= 3; round++) {
    engine.handle({ type: 'wake' }, round * FIXED.roundMs);
  }
  expect(engine.status().factCount).toBe(0);
});

it('a copy in the name of a run to come is forged as well', () => {
  const engine = startEngine('self');
  tell(engine, 'liar', [copyOf('self', engine.state.self.generation + 1, 1)]);
  expect(engine.status().counters.factsForged).toBe(1);
  expect(factsOf(engine)).toEqual([]);
});

it('a copy of its own, and one that nobody asked to be kept, are forged whoever reads them', () => {
  const engine = startEngine('self');
  tell(engine, 'liar', [copyOf('liar', 1, 1), { ...copyOf('gone', 1, 1), isKept: false }]);
  expect(engine.status().counters.factsForged).toBe(2);
  expect(factsOf(engine)).toEqual([]);
});

it('nobody changes what a living node tells, adds to it, or ends it in its name', () => {
  const engine = startEngine('self');
  tell(engine, 'author', [CARD]);
  tell(engine, 'liar', [
    copyOf('author', 1, 1_000),
    { ...copyOf('author', 2, 1), key: 'more' },
    { ...copyOf('author', 1, 1_000), key: 'end/note' },
  ]);
  expect(factsOf(engine)).toEqual(['author note author/0']);
});

it('a copy of a run that is over counts, for its author may have started anew without it', () => {
  const engine = startEngine('self');
  tell(engine, 'author', [], 2);
  tell(engine, 'keeper', [copyOf('author', 1, 5)]);
  expect(factsOf(engine)).toEqual(['author note keeper/0']);
});

// The limit of trust: any member may speak for whom all have forgotten, and end what is kept.
it('of an author that nobody knows any more, a copy is believed', () => {
  const engine = startEngine('self');
  tell(engine, 'keeper', [copyOf('gone', 1, 5)]);
  expect(factsOf(engine)).toEqual(['gone note keeper/0']);
  expect(engine.status().counters.factsForged).toBe(0);
});
