// The tables of a spool: rows that wait for a server, in records of some seconds each, and the
// identities of the nodes that wrote them.

import type { FactChange, HistoryEvent, MembershipEvent, Sample } from '../../ports.ts';
import { isFactChange, isStorableEvent, isStorableSample } from '../database/rows.ts';
import { MIGRATIONS, type Schema, type Statement } from '../database/schema.ts';
import type { Series as StoredSeries } from '../history/samples.ts';

const ofIdentities = (statements: readonly string[]): string[] =>
  statements.filter((sql) => /^(CREATE|ALTER) TABLE identities /.test(sql));

/**
 * A record holds its rows as JSON, names told once per series: some 30 bytes a row. Ids give the
 * order. `from_ms` to `to_ms` are the times of its samples, so that history reads no others.
 */
export const SPOOL_SCHEMA: Schema = {
  versionsTable: 'spool_versions',
  migrations: [
    [
      `CREATE TABLE spool_versions (
         version INTEGER PRIMARY KEY,
         applied_at_ms INTEGER NOT NULL
       )`,
      `CREATE TABLE waiting (
         id INTEGER PRIMARY KEY,
         queued_at_ms INTEGER NOT NULL,
         row_count INTEGER NOT NULL,
         bytes INTEGER NOT NULL,
         from_ms INTEGER,
         to_ms INTEGER,
         samples TEXT NOT NULL,
         events TEXT NOT NULL
       )`,
      // As on the server, so that both are asked in the same words.
      ...MIGRATIONS.slice(0, 1).flatMap(ofIdentities),
    ],
    MIGRATIONS.slice(1).flatMap(ofIdentities),
  ],
};

const statement = (sql: string, ...args: Statement['args']): Statement => ({ sql, args });

/** node, metric, generation, unit, and version, value and time of each sample. */
type Series = [string, string, number, string, [number, number, number][]];
/** Time, node and generation; status and address, or the change of a fact, its value and key. */
type MemberEvent = [number, string, number, MembershipEvent['status'], string];
type Fact = [number, string, number, FactChange['change'], string, string];
const isFact = (told: MemberEvent | Fact): told is Fact => told.length === 6;

function encodeSamples(samples: readonly Sample[]): string {
  const groups = new Map<string, Series>();
  for (const { node, metric, generation, unit, version, value, sampledAtMs } of samples) {
    const key = JSON.stringify([node, metric, generation, unit]);
    const group: Series = groups.get(key) ?? [node, metric, generation, unit, []];
    groups.set(key, group);
    group[4].push([version, value, Math.floor(sampledAtMs)]);
  }
  return JSON.stringify([...groups.values()]);
}

const encodeEvents = (events: readonly HistoryEvent[]): string =>
  JSON.stringify(
    events.map((event): MemberEvent | Fact => {
      const { atMs, node, generation } = event;
      return isFactChange(event)
        ? [Math.floor(atMs), node, generation, event.change, event.value, event.key]
        : [Math.floor(atMs), node, generation, event.status, event.address];
    }),
  );

/** The lists that a text of the file holds; none when it was damaged there. */
function listsIn<List extends unknown[]>(text: string): List[] {
  try {
    const all: unknown = JSON.parse(text);
    return Array.isArray(all) ? all.filter((one): one is List => Array.isArray(one)) : [];
  } catch {
    return [];
  }
}

/** Rows that were damaged on the disk are left out: one of them would hold up all that follow. */
export const decodeSeries = (text: string): StoredSeries[] =>
  listsIn<Series>(text)
    .filter(([node, metric, , unit, rows]) => areTexts(node, metric, unit) && Array.isArray(rows))
    .map(([node, metric, generation, unit, rows]) => {
      const series = { node, metric, generation, unit };
      const sound = rows
        .filter((row) => Array.isArray(row))
        .map(([version, value, sampledAtMs]) => ({ version, value, sampledAtMs }))
        .filter((row) => isStorableSample({ ...series, ...row }));
      return { ...series, rows: sound };
    });

export const decodeSamples = (text: string): Sample[] =>
  decodeSeries(text).flatMap(({ rows, ...series }) => rows.map((row) => ({ ...series, ...row })));

export const decodeEvents = (text: string): HistoryEvent[] =>
  listsIn<MemberEvent | Fact>(text)
    .filter(([, node, , what, text, key = '']) => areTexts(node, what, text, key))
    .map((told): HistoryEvent => {
      const [atMs, node, generation] = told;
      const common = { atMs, node, generation };
      if (!isFact(told)) return { ...common, status: told[3], address: told[4] };
      return { ...common, change: told[3], value: told[4], key: told[5] };
    })
    .filter(isStorableEvent);

const areTexts = (...values: readonly unknown[]): boolean =>
  values.every((value) => typeof value === 'string');

export interface SpoolRecord {
  readonly samples: readonly Sample[];
  readonly events: readonly HistoryEvent[];
}

/** After record `lastId` and all that is there; answers its id. */
export function insertRecord({ samples, events }: SpoolRecord, nowMs: number, lastId: number) {
  const times = samples.map(({ sampledAtMs }) => Math.floor(sampledAtMs));
  const [told, seen] = [encodeSamples(samples), encodeEvents(events)];
  return statement(
    `INSERT INTO waiting
       (id, queued_at_ms, row_count, bytes, from_ms, to_ms, samples, events)
     SELECT max(?, coalesce(max(id), 0)) + 1, ?, ?, ?, ?, ?, ?, ? FROM waiting RETURNING id`,
    lastId,
    nowMs,
    samples.length + events.length,
    told.length + seen.length,
    times.reduce<number | null>((least, time) => Math.min(least ?? time, time), null),
    times.reduce<number | null>((most, time) => Math.max(most ?? time, time), null),
    told,
    seen,
  );
}

/** What waits after record `id`. */
export const selectWaiting = (id: number): Statement =>
  statement(
    `SELECT coalesce(sum(row_count), 0) AS waitingRows, coalesce(min(queued_at_ms), 0) AS sinceMs,
       coalesce(max(id), 0) AS lastId
     FROM waiting WHERE id > ?`,
    id,
  );

/** Records are looked at for one request: of a cluster at rest they hold some 20 rows each. */
const LOOK_RECORDS = 500;

/** The oldest records after `id`: as many as keep within both bounds, one at least. */
export const selectOldest = (id: number, rows: number, bytes: number): Statement =>
  statement(
    `SELECT id, queued_at_ms AS queuedAtMs, row_count AS rowCount, samples, events
     FROM waiting JOIN (
       SELECT id, sum(row_count) OVER upto AS all_rows, sum(bytes) OVER upto AS all_bytes,
         row_number() OVER upto AS place
       FROM (
         SELECT id, row_count, bytes FROM waiting WHERE id > ?1 ORDER BY id LIMIT ${LOOK_RECORDS}
       )
       WINDOW upto AS (ORDER BY id)
     ) USING (id)
     WHERE place = 1 OR (all_rows <= ?2 AND all_bytes <= ?3) ORDER BY id`,
    id,
    rows,
    bytes,
  );

export const deleteUpTo = (id: number): Statement =>
  statement('DELETE FROM waiting WHERE id <= ?', id);

/** Of the records after `id`, the oldest sixteenth, one at least; answers the rows of each. */
export const deleteOldestAfter = (id: number): Statement =>
  statement(
    `DELETE FROM waiting WHERE id IN (
       SELECT id FROM waiting WHERE id > ?1 ORDER BY id
       LIMIT (SELECT count(*) / 16 + 1 FROM waiting)
     ) RETURNING row_count AS rowCount`,
    id,
  );

/** Of the records before `id` the latest, of about `bytes` together, one at least. */
export const selectLatest = (id: number, bytes: number): Statement =>
  statement(
    `SELECT id, samples, events FROM waiting JOIN (
       SELECT id, sum(bytes) OVER downto AS all_bytes, row_number() OVER downto AS place
       FROM (
         SELECT id, bytes FROM waiting WHERE id < ?1 ORDER BY id DESC LIMIT ${LOOK_RECORDS}
       )
       WINDOW downto AS (ORDER BY id DESC)
     ) USING (id)
     WHERE place = 1 OR all_bytes <= ?2 ORDER BY id DESC`,
    id,
    bytes,
  );
