// The tables: numbered migrations, and the statements that fill them; those that delete are in
// `retention/statements.ts`. The same SQL runs on a local file, in memory and on a libSQL server.

import { GENERATION_LEAD_MS } from '../../core/membership/generation.ts';
import type { FactChange, HistoryEvent, Identity, MembershipEvent, Sample } from '../../ports.ts';
import { isFactChange, isMemberEvent } from './rows.ts';

export interface Statement {
  readonly sql: string;
  readonly args: (string | number | bigint | null)[];
}

/** How one kind of database grew: two kinds may share a server, each with versions of its own. */
export interface Schema {
  /** Table that says which steps were taken. */
  readonly versionsTable: string;
  /** Step n leads from version n to n + 1; it creates the table above if it is the first. */
  readonly migrations: readonly (readonly string[])[];
}

/** Samples cluster by the hour of their time: appending, range reads and retention stay local. */
export const SLOT_MS = 3_600_000;

const SAMPLE_HISTORY = `CREATE VIEW sample_history AS
  SELECT series.node, series.metric, series.generation, series.unit, samples.version,
    samples.slot, samples.series, samples.slot * 3600000 + samples.offset_ms AS at_ms,
    CASE typeof(samples.value) WHEN 'integer' THEN samples.value / 1000.0
      ELSE samples.value END AS value
  FROM samples JOIN series ON series.id = samples.series`;

/**
 * Migration n leads from version n to n + 1. What was ever released is never edited: a change of
 * the tables is a new entry at the end.
 *
 * A sample costs 23 bytes: names are told once per series, its time is the hour plus an offset,
 * and a value with up to three decimals is an integer of thousandths (`value` has no type, so
 * that an INTEGER is thousandths and a REAL is the value itself).
 */
export const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE schema_versions (
       version INTEGER PRIMARY KEY,
       applied_at_ms INTEGER NOT NULL
     )`,
    `CREATE TABLE series (
       id INTEGER PRIMARY KEY,
       node TEXT NOT NULL,
       metric TEXT NOT NULL,
       generation INTEGER NOT NULL,
       unit TEXT NOT NULL,
       last_slot INTEGER NOT NULL,
       UNIQUE (node, metric, generation)
     )`,
    `CREATE TABLE samples (
       slot INTEGER NOT NULL,
       series INTEGER NOT NULL,
       version INTEGER NOT NULL,
       offset_ms INTEGER NOT NULL,
       value NOT NULL,
       PRIMARY KEY (slot, series, version)
     ) WITHOUT ROWID`,
    `CREATE TABLE identities (
       id TEXT PRIMARY KEY,
       generation INTEGER NOT NULL,
       peers TEXT NOT NULL,
       saved_at_ms INTEGER NOT NULL
     ) WITHOUT ROWID`,
  ],
  [
    `CREATE TABLE events (
       at_ms INTEGER NOT NULL,
       observer TEXT NOT NULL,
       node TEXT NOT NULL,
       generation INTEGER NOT NULL,
       status TEXT NOT NULL,
       address TEXT NOT NULL,
       PRIMARY KEY (at_ms, observer, node, generation, status)
     ) WITHOUT ROWID`,
    // What people and reports read: names, units and times in full.
    SAMPLE_HISTORY,
  ],
  [
    // Who stores here, what each keeps, and what time it has proven to be: none deletes alone.
    `CREATE TABLE keepers (
       observer TEXT PRIMARY KEY,
       proven_ms INTEGER NOT NULL,
       gap_from_ms INTEGER,
       retention_ms INTEGER NOT NULL,
       max_bytes INTEGER NOT NULL,
       told_at_ms INTEGER NOT NULL
     ) WITHOUT ROWID`,
  ],
  [
    // A metric that ended may come back with another unit, within one run of its node.
    'DROP VIEW sample_history',
    `CREATE TABLE series_by_unit (
       id INTEGER PRIMARY KEY,
       node TEXT NOT NULL,
       metric TEXT NOT NULL,
       generation INTEGER NOT NULL,
       unit TEXT NOT NULL,
       last_slot INTEGER NOT NULL,
       UNIQUE (node, metric, generation, unit)
     )`,
    `INSERT INTO series_by_unit (id, node, metric, generation, unit, last_slot)
     SELECT id, node, metric, generation, unit, last_slot FROM series`,
    'DROP TABLE series',
    'ALTER TABLE series_by_unit RENAME TO series',
    SAMPLE_HISTORY,
  ],
  [
    // What a node told is told again by its next run.
    "ALTER TABLE identities ADD COLUMN facts TEXT NOT NULL DEFAULT '[]'",
    // Apart from the events, which history reads for who lived when.
    `CREATE TABLE fact_changes (
       at_ms INTEGER NOT NULL,
       observer TEXT NOT NULL,
       node TEXT NOT NULL,
       generation INTEGER NOT NULL,
       key TEXT NOT NULL,
       change TEXT NOT NULL,
       value TEXT NOT NULL,
       PRIMARY KEY (at_ms, observer, node, generation, key, change)
     ) WITHOUT ROWID`,
  ],
];

export const NODE_SCHEMA: Schema = { versionsTable: 'schema_versions', migrations: MIGRATIONS };

export const statement = (sql: string, ...args: Statement['args']): Statement => ({ sql, args });

/** Drivers send a plain number as REAL, and SQL would then divide without rounding. */
export const whole = (value: number): bigint =>
  BigInt(Math.floor(Math.min(Math.max(value, 0), Number.MAX_SAFE_INTEGER)));

export const hasVersions = (table = NODE_SCHEMA.versionsTable): Statement =>
  statement('SELECT count(*) AS found FROM sqlite_master WHERE name = ?', table);

export const readVersion = (table = NODE_SCHEMA.versionsTable): Statement =>
  statement(`SELECT coalesce(max(version), 0) AS version FROM ${table}`);

/** The primary key makes two programs that migrate one server at once collide, and one wait. */
export const insertVersion = (
  version: number,
  nowMs: number,
  table = NODE_SCHEMA.versionsTable,
): Statement =>
  statement(`INSERT INTO ${table} (version, applied_at_ms) VALUES (?, ?)`, version, nowMs);

export const selectIdentity = (id: string): Statement =>
  statement('SELECT generation, peers, facts FROM identities WHERE id = ?', id);

/** A generation never goes back, whatever order two writers come in. */
export const upsertIdentity = (identity: Identity, nowMs: number): Statement =>
  statement(
    `INSERT INTO identities (id, generation, peers, facts, saved_at_ms) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET generation = excluded.generation, peers = excluded.peers,
       facts = excluded.facts, saved_at_ms = excluded.saved_at_ms
     WHERE excluded.generation >= generation
       OR generation - excluded.generation > ${GENERATION_LEAD_MS}`,
    identity.id,
    identity.generation,
    JSON.stringify(identity.peers),
    JSON.stringify(identity.facts ?? []),
    nowMs,
  );

/** Thousandths when that is exact, for it is 2–4 bytes instead of 8; else the text of the value. */
function encodeValue(value: number): readonly [number] | readonly [null, string] {
  const thousandths = Math.round(value * 1000);
  const isExact = Number.isSafeInteger(thousandths) && thousandths / 1000 === value;
  return isExact ? [thousandths] : [null, String(value)];
}

interface Told {
  /** JSON: node, metric, generation, unit and newest hour of each series. */
  readonly series: string;
  /** JSON: node, metric, generation, unit and rows of each series. */
  readonly rows: string;
}

/** JSON documents: few statements a flush, however many rows, and each value travels once. */
function groupBySeries(samples: readonly Sample[]): Told {
  const groups = new Map<string, { key: unknown[]; slot: number; rows: object[] }>();
  for (const { node, metric, generation, unit, version, value, sampledAtMs } of samples) {
    const key = [node, metric, generation, unit];
    const name = JSON.stringify(key);
    const slot = Math.floor(sampledAtMs / SLOT_MS);
    const group = groups.get(name) ?? { key, slot, rows: [] };
    groups.set(name, group);
    group.slot = Math.max(group.slot, slot);
    const offsetMs = Math.floor(sampledAtMs) - slot * SLOT_MS;
    group.rows.push([slot, version, offsetMs, ...encodeValue(value)]);
  }
  const all = [...groups.values()];
  return {
    series: JSON.stringify(all.map(({ key, slot }) => [...key, slot])),
    rows: JSON.stringify(all.map(({ key, rows }) => [...key, rows])),
  };
}

/**
 * Writes samples once per (node, generation, metric, version), whoever writes them. Two nodes may
 * put one sample's time on both sides of an hour, so the neighbouring hours are looked at too.
 */
export function insertSamples(samples: readonly Sample[]): Statement[] {
  const told = groupBySeries(samples);
  return [
    statement(
      `INSERT INTO series (node, metric, generation, unit, last_slot)
       SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4
       FROM json_each(?) WHERE true
       ON CONFLICT (node, metric, generation, unit) DO UPDATE SET last_slot = excluded.last_slot
       WHERE excluded.last_slot > last_slot`,
      told.series,
    ),
    statement(
      `WITH rows (series, slot, version, offset_ms, value) AS (
         SELECT series.id, row.value ->> 0, row.value ->> 1, row.value ->> 2,
           coalesce(row.value ->> 3, CAST(row.value ->> 4 AS REAL))
         FROM json_each(?) AS told
         CROSS JOIN series ON series.node = told.value ->> 0 AND series.metric = told.value ->> 1
           AND series.generation = told.value ->> 2 AND series.unit = told.value ->> 3
         CROSS JOIN json_each(told.value, '$[4]') AS row
       )
       INSERT OR IGNORE INTO samples (slot, series, version, offset_ms, value)
       SELECT slot, series, version, offset_ms, value FROM rows
       WHERE NOT EXISTS (
         SELECT 1 FROM samples AS other WHERE other.slot IN (rows.slot - 1, rows.slot + 1)
           AND other.series = rows.series AND other.version = rows.version
       )`,
      told.rows,
    ),
  ];
}

/** Repeating a write changes nothing; `observer` tells apart who saw it on a shared server. */
export function insertEvents(events: readonly HistoryEvent[], observer: string): Statement[] {
  const facts = events.filter(isFactChange);
  const members = events.filter(isMemberEvent);
  return [
    ...(members.length > 0 ? [insertMemberEvents(members, observer)] : []),
    ...(facts.length > 0 ? [insertFactChanges(facts, observer)] : []),
  ];
}

const insertFactChanges = (facts: readonly FactChange[], observer: string): Statement =>
  statement(
    `INSERT OR IGNORE INTO fact_changes
       (at_ms, observer, node, generation, key, change, value)
     SELECT value ->> 0, ?1, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
     FROM json_each(?2)`,
    observer,
    JSON.stringify(
      facts.map((fact) => [
        Math.floor(fact.atMs),
        fact.node,
        fact.generation,
        fact.key,
        fact.change,
        fact.value,
      ]),
    ),
  );

const insertMemberEvents = (events: readonly MembershipEvent[], observer: string): Statement =>
  statement(
    `INSERT OR IGNORE INTO events (at_ms, observer, node, generation, status, address)
     SELECT value ->> 0, ?1, value ->> 1, value ->> 2, value ->> 3, value ->> 4
     FROM json_each(?2)`,
    observer,
    JSON.stringify(
      events.map((event) => [
        Math.floor(event.atMs),
        event.node,
        event.generation,
        event.status,
        event.address,
      ]),
    ),
  );
