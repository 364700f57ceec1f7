// Invariant e as properties: whatever order messages come in, and however often, views end equal.

import * as fc from 'fast-check';
import { raiseMarks } from '../../../node/core/data/marks.ts';
import { seriesAt } from '../../../node/core/data/slots.ts';
import {
  CARD_LANE,
  createSource,
  entryAt,
  laneOf,
  markOf,
  missingEntries,
  openingOf,
  putEntry,
  type Run,
  type Source,
  versionAt,
} from '../../../node/core/data/source.ts';
import { createEngine, type Engine } from '../../../node/core/engine.ts';
import { memberKey } from '../../../node/core/hash.ts';
import type { MemberUpdate } from '../../../node/core/membership/member.ts';
import { STATUSES } from '../../../node/core/model.ts';
import { createRandom } from '../../../node/core/random.ts';
import { DEFAULT_SETTINGS } from '../../../node/core/settings.ts';
import type { Chunk, Push } from '../../../node/core/wire/messages.ts';
import { indicesOf, openedAt } from '../../core/support.ts';
import { scaled } from '../../support/scale.ts';

const LANES = [1, 5, 10];
/** Labels and cards come first. */
const OPENED = 1 + LANES.length;
/** What an owner does next: a value in a slot, a slot closed, or opened anew in another lane. */
const ACTIONS = 3 * LANES.length;

/** An owner's source after its first `versions` publishes: its cards, then what `order` says. */
function ownerAfter(order: readonly number[], versions: number): Source {
  const source = createSource();
  const cards = LANES.map((priority) => ({ definitionKey: priority, priority }));
  for (const entry of openedAt(0, cards).slice(0, versions)) putEntry(source, entry);
  for (let version = OPENED + 1; version <= versions; version++) {
    const action = (order[version - OPENED - 1] ?? 0) % ACTIONS;
    const slot = 1 + (action % LANES.length);
    const opening = openingOf(source, slot);
    const at = { version, sampledAt: version };
    const isOpen = seriesAt(source.record, slot) !== undefined;
    if (action < LANES.length && isOpen) {
      putEntry(source, { index: slot, opening, ...at, value: version * 10 });
    } else if (action < 2 * LANES.length && isOpen) {
      putEntry(source, { index: -slot, opening, ...at, value: null });
    } else {
      const priority = LANES[version % LANES.length] ?? 1;
      const value = { definitionKey: version, priority, labelValues: [] };
      putEntry(source, { index: -slot, opening: opening + 1, ...at, value });
    }
  }
  source.watermark = versions;
  return source;
}

/** A message that some holder might have sent at some time: one lane, or all of them. */
interface Sending {
  readonly versions: number;
  readonly from: number;
  readonly lane: number | undefined;
}

function runOf(order: readonly number[], { versions, from, lane }: Sending): Run {
  const source = ownerAfter(order, versions);
  const watermark = Math.min(from, versions);
  const missing = missingEntries(source, { watermark });
  const entries = missing.filter(
    ({ index }) => lane === undefined || laneOf(source, index) === lane,
  );
  return { lane, from: watermark, to: versions, entries };
}

function merge(source: Source, runs: readonly Run[]): Source {
  for (const run of runs) {
    for (const entry of run.entries) putEntry(source, entry);
    raiseMarks(source, run);
  }
  return source;
}

const valuesOf = (source: Source): string =>
  JSON.stringify(indicesOf(source).flatMap((index) => entryAt(source, index) ?? []));

/** Marks may depend on the order; none may lie beyond what is held. */
const isHonest = (source: Source, truth: Source): boolean =>
  indicesOf(truth).every((index) => {
    if (entryAt(truth, index) === undefined) return true;
    const newest = versionAt(truth, index);
    const mark = markOf(source, laneOf(truth, index) ?? 0);
    return newest > mark || versionAt(source, index) === newest;
  });

const LONGEST = 16;
const history = fc.array(fc.nat(ACTIONS - 1), {
  minLength: LONGEST - OPENED,
  maxLength: LONGEST - OPENED,
});
const sendings = fc.array(
  fc.record({
    versions: fc.integer({ min: 1, max: LONGEST }),
    from: fc.nat(LONGEST - 1),
    lane: fc.constantFrom(undefined, undefined, ...LANES, CARD_LANE),
  }),
  { maxLength: 10 },
);

/** Every permutation with repetitions that keeps each item at least once. */
const shuffled = <T>(items: readonly T[], picks: readonly number[]): T[] => {
  const random = createRandom(picks.length + picks.reduce((a, b) => a * 31 + b, 7));
  const twice = [...items, ...items.filter((_, i) => (picks[i] ?? 0) % 2 === 1)];
  return twice
    .map((item) => ({ item, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
};

const picks = fc.array(fc.nat(100), { minLength: 1, maxLength: 12 });

/** Values do not depend on order or repetition, and marks stay honest. */
const runsProperty = fc.property(history, sendings, picks, (order, sent, picked) => {
  const runs = sent.map((sending) => runOf(order, sending));
  const plain = merge(createSource(), runs);
  const other = merge(createSource(), shuffled(runs, picked));
  if (valuesOf(plain) !== valuesOf(other)) return false;
  const again = merge(merge(createSource(), runs), runs);
  if (valuesOf(plain) !== valuesOf(again)) return false;
  return [plain, other, again].every((source) => isHonest(source, ownerAfter(order, LONGEST)));
});

const update = fc.record({
  id: fc.constantFrom('a', 'b', 'c'),
  generation: fc.integer({ min: 1, max: 3 }),
  incarnation: fc.nat(2),
  status: fc.constantFrom(...STATUSES),
});

/** Versions 2 to `upTo` of the update's metrics come with it. */
const message = fc.record({ said: update, upTo: fc.nat(4) });

const toPush = ({ said, upTo }: { said: Partial<MemberUpdate>; upTo: number }): Push => {
  const { id = '', generation = 0 } = said;
  const entries = Array.from({ length: upTo }, (_, i) => ({
    index: 1 + (i % 2),
    version: 2 + i,
    ageMs: 0,
    value: generation * 100 + i,
  }));
  const chunk: Chunk = { ref: memberKey(id, generation), from: 1, to: 1 + upTo, entries };
  const told = { address: `http://${id}`, ageMs: 0, confirmers: [], ...said } as MemberUpdate;
  return {
    kind: 'push',
    cluster: 0,
    from: 1,
    keyRange: undefined,
    byKey: true,
    chunks: [chunk],
    updates: [told],
    definitions: [],
  };
};

function viewAfter(messages: readonly Push[]): string {
  const engine: Engine = createEngine(
    {
      settings: DEFAULT_SETTINGS,
      random: createRandom(1),
      id: 'self',
      generation: 1,
      address: 'http://self',
      definitions: [],
      seeds: [],
    },
    0,
  );
  messages.forEach((push, token) => {
    engine.handle({ type: 'request', token, message: push }, 1);
  });
  const { members: all } = engine.state;
  const members = all
    .roster()
    .members.filter(({ id }) => id !== 'self')
    .map(all.see);
  return JSON.stringify(
    members.map(({ id, generation, incarnation, status, source }) => {
      return { id, generation, incarnation, status, values: valuesOf(source) };
    }),
  );
}

const messagesProperty = fc.property(fc.array(message, { maxLength: 12 }), picks, (sent, p) => {
  const pushes = sent.map(toPush);
  const plain = viewAfter(pushes);
  return plain === viewAfter(shuffled(pushes, p)) && plain === viewAfter([...pushes, ...pushes]);
});

function failuresOf<T>(property: fc.IProperty<T>, numRuns: number, seed: number): string[] {
  const { counterexample } = fc.check(property, { numRuns, seed });
  return counterexample === null ? [] : [JSON.stringify(counterexample)];
}

/** Runs of one source. */
export const runsMerge = (seed: number): string[] =>
  failuresOf(runsProperty, scaled(2_000, 100_000), seed);

/** Whole messages into whole engines. */
export const messagesMerge = (seed: number): string[] =>
  failuresOf(messagesProperty, scaled(500, 20_000), seed);
