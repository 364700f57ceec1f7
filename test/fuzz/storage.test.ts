// What a store reads back: rows that may be damaged, documents that somebody wrote, questions about
// any time.

import fc from 'fast-check';
import { afterAll, expect } from 'vitest';
import { createPacks } from '../../node/edge/storage/packs.ts';
import { OperatingError } from '../../node/errors.ts';
import type { History, MembershipEvent, Sample } from '../../node/ports.ts';
import { isStorableEvent, isStorableSample, toIdentity } from '../../node/storage/database/rows.ts';
import { readDocument } from '../../node/storage/results/document.ts';
import { TABLE_NAMES, TABLES } from '../../node/storage/results/tables/tables.ts';
import { decodeCells } from '../../node/storage/results/tables/values.ts';
import { decodeEvents, decodeSamples, insertRecord } from '../../node/storage/spool/schema.ts';
import { death, everything, START_MS, sample } from '../contract/store.ts';
import { newFile, openStore, temporaryFolder } from '../storage/support.ts';
import { objectStorage } from '../support/object-storage.ts';
import { fuzz, target } from './fuzz.ts';
import { anyText, nearlyText, oddValue, oddWord, wordOf } from './inputs.ts';

/** Undefined for what is refused in a sentence. */
function refusing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof OperatingError && /^[^\n]+\.$/.test(error.message)) return undefined;
    throw error;
  }
}

const name = wordOf('n1', 'cpu', 'web-1');
const instant = fc.oneof(
  fc.constant(START_MS),
  fc.maxSafeNat(),
  fc.double({ min: 0, max: 4e12, noNaN: true }),
);
const anySample: fc.Arbitrary<Sample> = fc
  .record({
    node: name,
    metric: name,
    unit: wordOf('%', 'B/s'),
    generation: fc.maxSafeNat(),
    version: fc.maxSafeNat(),
    value: fc.double({ noNaN: true, noDefaultInfinity: true }),
    sampledAtMs: instant,
  })
  .map((changes) => sample(1, changes));
const anyEvent: fc.Arbitrary<MembershipEvent> = fc
  .record({ node: name, address: name, atMs: instant, generation: fc.maxSafeNat() })
  .map((changes) => ({ ...death(), ...changes }));

const record = fc.record({
  samples: fc.array(anySample, { maxLength: 5 }),
  events: fc.array(anyEvent, { maxLength: 3 }),
});
/** A record's two texts, as the spool keeps them. */
const textsOf = (rows: { samples: Sample[]; events: MembershipEvent[] }): [string, string] => {
  const args = insertRecord(rows, START_MS, 0).args as unknown[];
  return [String(args.at(-2)), String(args.at(-1))];
};
/** In any order; a series has one unit, so that of a sample is not its own. */
const written = (samples: readonly Sample[]): string[] =>
  samples
    .map(({ node, metric, generation, version, value, sampledAtMs }) =>
      JSON.stringify([node, metric, generation, version, value, Math.floor(sampledAtMs)]),
    )
    .sort();

const [SOUND_SAMPLES, SOUND_EVENTS] = textsOf({
  samples: [sample(1), sample(2), sample(1, { node: 'n2' })],
  events: [death()],
});

fuzz('a spool gives back', [
  target('whatever rows were put into it', record, ({ samples, events }) => {
    const [told, seen] = textsOf({ samples, events });
    expect(written(decodeSamples(told))).toEqual(written(samples));
    expect(decodeEvents(seen)).toEqual(
      events.map((row) => ({ ...row, atMs: Math.floor(row.atMs) })),
    );
  }),
  target(
    'only rows that a server can hold, of a damaged text',
    nearlyText(SOUND_SAMPLES),
    (text) => {
      expect(decodeSamples(text).every(isStorableSample)).toBe(true);
    },
  ),
  target('only events that a server can hold', nearlyText(SOUND_EVENTS), (text) => {
    expect(decodeEvents(text).every(isStorableEvent)).toBe(true);
  }),
]);

const SOUND_DOCUMENT = JSON.stringify({ format: 'priomon-results', version: 1, experiments: [] });
const cell = fc.oneof(oddWord, anyText(20), fc.double(), fc.constant(null), fc.constant('{}'));

fuzz('results or a sentence come of', [
  target('a document with damage', nearlyText(SOUND_DOCUMENT), (text) => {
    refusing(() => readDocument(text, 'results.json'));
  }),
  target(
    'a document of any experiments',
    fc.array(fc.dictionary(wordOf('experiment', 'runs', 'rows'), fc.object({ maxDepth: 2 })), {
      maxLength: 3,
    }),
    (experiments) => {
      const document = { format: 'priomon-results', version: 1, experiments };
      refusing(() => readDocument(JSON.stringify(document), 'results.json'));
    },
  ),
  target(
    'any cells of a table',
    fc.tuple(fc.constantFrom(...TABLE_NAMES), fc.array(cell, { maxLength: 30 })),
    ([table, cells]) => refusing(() => decodeCells(TABLES[table], cells)),
  ),
  target(
    'an identity that is anything',
    fc.record({ generation: oddValue, peers: fc.oneof(cell, nearlyText('["http://a:1"]')) }),
    (row) => {
      const identity = toIdentity('n1', row);
      for (const peer of identity?.peers ?? []) expect(peer).toBeTypeOf('string');
    },
  ),
]);

const moment = fc.oneof(
  instant,
  fc.integer({ min: -2, max: 2 }).map((hours) => START_MS + hours * 3_600_000),
);
const query = fc
  .record({
    fromMs: moment,
    toMs: moment,
    stepMs: fc.oneof(
      fc.constantFrom(0, 1, 60_000, 0.5),
      fc.double({ min: 0, max: 1e15, noNaN: true }),
    ),
    limit: fc.integer({ min: 1, max: 10_000 }),
  })
  .map((changes) => everything(changes));

/** By columns: one by one, ten thousand points take longer than the answer does. */
function expectFinite({ lines, points: { line, ...columns } }: History): void {
  const { atMs, count, ...values } = columns;
  const isEvery = (column: Float64Array, rule: (value: number) => boolean): boolean =>
    column.length === line.length && column.every(rule);
  const isNumber = (value: number): boolean => Number.isFinite(value);
  // Of a gap no value is known.
  const isKnown = (value: number): boolean => Number.isNaN(value) || Number.isFinite(value);
  const broken = [
    ...Object.entries({ atMs, count }).filter(([, column]) => !isEvery(column, isNumber)),
    ...Object.entries(values).filter(([, column]) => !isEvery(column, isKnown)),
  ].map(([name]) => name);
  expect(broken).toEqual([]);
  expect(line.every((number) => number < lines.length)).toBe(true);
}

const store = await openStore({ url: newFile(temporaryFolder()).url });
store.recordSamples(Array.from({ length: 200 }, (_, i) => sample(i + 1)));
await store.flush();
afterAll(() => store.close());

/** A node asks on a thread of its own, where thousands of steps hold up nobody else. */
const READER_LIMIT_MS = 2_000;

const packs = createPacks(objectStorage(), () => {});
packs.append(
  Array.from({ length: 30 }, (_, i) => sample(i + 1)),
  [death()],
);

fuzz('finite points come of', [
  target(
    'any question to a database',
    query,
    async (asked) => expectFinite(await store.history(asked)),
    READER_LIMIT_MS,
  ),
  target('any question to an object', query, (asked) => expectFinite(packs.ask(asked))),
  target(
    'any samples in the packs of an object',
    fc.array(anySample, { maxLength: 4 }),
    (samples) => {
      const own = createPacks(objectStorage(), () => {});
      own.append(samples, []);
      expectFinite(own.ask(everything()));
    },
  ),
]);
