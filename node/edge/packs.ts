// Samples in an object's SQLite, many to a row, for each row that is written is paid for: series of
// an hour join one row until it is full, and questions are answered by SQL over what is in it.

import { OperatingError } from '../errors.ts';
import type { HistoryPoint, HistoryQuery, Sample } from '../ports.ts';
import { toHistoryPoints } from '../storage/rows.ts';
import type { ObjectStorage } from './platform.ts';

const HOUR_MS = 3_600_000;
/** Rows of one hour have numbers below this. */
const HOUR_ROWS = 1_000_000;
/** A row that has so many characters gets no more: reading takes it as a whole. */
const ROW_CHARACTERS = 65_536;
/** Rows that one question may read, each with a thousand samples or so. */
const MAX_READ_ROWS = 2_000;
/** Rows given up at once when the database is too large. */
const STEP_ROWS = 20;

const TABLE = 'CREATE TABLE IF NOT EXISTS packs (id INTEGER PRIMARY KEY, series TEXT NOT NULL)';

/**
 * A pack is a list of series, each [node, metric, generation, unit, samples], and a sample is
 * [version, ms of the hour, value]. What was told twice, after a sleep or by two, counts once.
 */
const MATCHING = `
  WITH told AS (
    SELECT series.value ->> 0 AS node, series.value ->> 1 AS metric,
      series.value ->> 2 AS generation, series.value ->> 3 AS unit,
      sample.value ->> 0 AS version, sample.value ->> 2 AS value,
      packs.id / ${HOUR_ROWS} * ${HOUR_MS} + (sample.value ->> 1) AS at_ms
    FROM packs, json_each('[' || packs.series || ']') AS series,
      json_each(series.value, '$[4]') AS sample
    WHERE packs.id BETWEEN ?6 AND ?7
      AND (?3 IS NULL OR series.value ->> 0 = ?3) AND (?4 IS NULL OR series.value ->> 1 = ?4)
  ),
  matching AS (
    SELECT node, metric, unit, generation, version, min(at_ms) AS at_ms, value FROM told
    WHERE at_ms BETWEEN ?1 AND ?2 GROUP BY node, metric, generation, version
  )`;

const RAW = `${MATCHING}
  SELECT node, metric, unit, at_ms AS atMs, value AS min, value AS avg, value AS max, 1 AS count
  FROM matching ORDER BY at_ms DESC, node DESC, metric DESC, generation DESC, version DESC
  LIMIT ?5`;

const BUCKETS = `${MATCHING}
  SELECT node, metric, unit, at_ms / CAST(?8 AS INTEGER) * CAST(?8 AS INTEGER) AS atMs,
    min(value) AS min, avg(value) AS avg, max(value) AS max, count(*) AS count
  FROM matching GROUP BY node, metric, unit, atMs
  ORDER BY atMs DESC, node DESC, metric DESC LIMIT ?5`;

const COUNT_READ = 'SELECT count(*) AS rows FROM packs WHERE id BETWEEN ? AND ?';

export interface Packs {
  append(samples: readonly Sample[]): void;
  /** Throws an OperatingError for a span that holds too much. */
  ask(query: HistoryQuery): HistoryPoint[];
  /** What is older than `beforeMs` goes, and of what is too large the oldest. */
  sweep(beforeMs: number, maxBytes: number): void;
}

type Value = string | number | null;

/** `onRows` is told how many rows a statement wrote. */
export function createPacks(storage: ObjectStorage, onRows: (rows: number) => void): Packs {
  let isOpen = false;
  const run = (statement: string, ...values: Value[]) => {
    const cursor = storage.sql.exec(statement, ...values);
    const rows = cursor.toArray();
    onRows(cursor.rowsWritten);
    return { rows, written: cursor.rowsWritten };
  };
  const open = (): void => {
    if (!isOpen) run(TABLE);
    isOpen = true;
  };
  /** Joins the newest row of the hour, or begins another. */
  const join = (hour: number, series: string): void => {
    const [from, to] = [hour * HOUR_ROWS, (hour + 1) * HOUR_ROWS - 1];
    const newest = 'SELECT max(id) FROM packs WHERE id BETWEEN ? AND ?';
    const joined = `UPDATE packs SET series = series || ',' || ? WHERE id = (${newest})
      AND length(series) < ${ROW_CHARACTERS}`;
    if (run(joined, series, from, to).written > 0) return;
    const begin = `INSERT INTO packs (id, series) SELECT coalesce((${newest}) + 1, ?), ?`;
    run(begin, from, to, from, series);
  };
  return {
    append(samples) {
      open();
      for (const [hour, group] of byHour(samples)) join(hour, packOf(group));
    },
    ask(query) {
      open();
      const { node = null, metric = null, limit } = query;
      const fromMs = Math.max(0, Math.ceil(query.fromMs));
      const toMs = Math.max(0, Math.floor(query.toMs));
      const ids = [firstId(fromMs), firstId(toMs + HOUR_MS) - 1];
      refuseLong(Number(run(COUNT_READ, ...ids).rows[0]?.rows));
      const range = [fromMs, toMs, node, metric, Math.floor(limit), ...ids];
      const stepMs = Math.floor(query.stepMs);
      const { rows } = stepMs < 1 ? run(RAW, ...range) : run(BUCKETS, ...range, stepMs);
      return toHistoryPoints(rows);
    },
    sweep(beforeMs, maxBytes) {
      open();
      run('DELETE FROM packs WHERE id < ?', firstId(beforeMs));
      if (storage.sql.databaseSize <= maxBytes) return;
      run(`DELETE FROM packs WHERE id IN (SELECT id FROM packs ORDER BY id LIMIT ${STEP_ROWS})`);
    },
  };
}

/** Of the hour that a time is in. The runtime binds numbers as REAL, so SQL must not divide. */
const firstId = (atMs: number): number => Math.floor(atMs / HOUR_MS) * HOUR_ROWS;

function refuseLong(rows: number): void {
  if (rows <= MAX_READ_ROWS) return;
  throw new OperatingError(
    'history_long',
    `The span holds ${rows} rows of samples, and an object reads ${MAX_READ_ROWS} at once; ` +
      'ask for a shorter one.',
  );
}

function byHour(samples: readonly Sample[]): Map<number, Sample[]> {
  const hours = new Map<number, Sample[]>();
  for (const sample of samples) {
    const hour = Math.max(0, Math.floor(sample.sampledAtMs / HOUR_MS));
    const group = hours.get(hour) ?? [];
    hours.set(hour, group);
    group.push(sample);
  }
  return hours;
}

/** Series with commas between them, so that another pack can follow in the same row. */
function packOf(samples: readonly Sample[]): string {
  const groups = new Map<string, [string, string, number, string, number[][]]>();
  for (const { node, metric, generation, unit, version, value, sampledAtMs } of samples) {
    const key = JSON.stringify([node, metric, generation]);
    const group = groups.get(key) ?? [node, metric, generation, unit, []];
    groups.set(key, group);
    group[4].push([version, Math.floor(sampledAtMs) % HOUR_MS, value]);
  }
  return [...groups.values()].map((group) => JSON.stringify(group)).join(',');
}
