// Samples in an object's SQLite, many to a row, for each row that is written is paid for: series of
// an hour join one row until it is full, and changes of membership with them.

import type {
  FactChange,
  History,
  HistoryEvent,
  HistoryQuery,
  MembershipEvent,
  Sample,
} from '../../ports.ts';
import { isFactChange } from '../../storage/database/rows.ts';
import { longestHoldMs } from '../../storage/history/grid.ts';
import type { LifeEvent } from '../../storage/history/lives.ts';
import { noPoints } from '../../storage/history/points.ts';
import { createGathering, type Series } from '../../storage/history/samples.ts';
import type { ObjectStorage } from '../platform.ts';

const HOUR_MS = 3_600_000;
/** Rows of one hour have numbers below this. */
const HOUR_ROWS = 1_000_000;
/** A row that has so many characters gets no more: reading takes it as a whole. */
const ROW_CHARACTERS = 65_536;
/** Rows that one question may read, each with a thousand samples or so, and how many at once. */
const MAX_READ_ROWS = 2_000;
const READ_ROWS = 20;
/** Samples that fit a question are taken up to here; some 10 MB. */
const MAX_SAMPLES = 100_000;
/** Rows given up at once when the database is too large. */
const STEP_ROWS = 20;

const READ = 'SELECT id, series FROM packs WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT ?';
/** From the next pack an object knows when it was there again, be it days later. */
const NEXT = 'SELECT id, series FROM packs WHERE id >= ? ORDER BY id LIMIT 1';
const TABLE = 'CREATE TABLE IF NOT EXISTS packs (id INTEGER PRIMARY KEY, series TEXT NOT NULL)';

/**
 * A pack is a list of series, each [node, metric, generation, unit, samples], and a sample is
 * [version, ms of the hour, value]. Changes of membership are a series without a metric, whose
 * unit is empty and which has after its samples, none, a list of [ms of the hour, status]; changes
 * of facts follow as a list of [ms of the hour, key, change, value].
 */
type Packed = [
  node: string,
  metric: string,
  generation: number,
  unit: string,
  samples: [version: number, offsetMs: number, value: number][],
  changes?: [offsetMs: number, status: MembershipEvent['status']][],
  facts?: [offsetMs: number, key: string, change: FactChange['change'], value: string][],
];

export interface Packs {
  append(samples: readonly Sample[], events: readonly HistoryEvent[]): void;
  /** From rows of the latest hours back, as many as one question may read. */
  ask(query: HistoryQuery): History;
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
  /** Of rows with numbers from `fromId` and below `untilId`. */
  const gather = (query: HistoryQuery, fromId: number, untilId: number): History => {
    const gathering = createGathering(query, MAX_SAMPLES);
    for (const { id, series } of run(NEXT, untilId).rows) {
      gathering.add(...unpack(Number(id), String(series)));
    }
    let before = untilId;
    for (let read = 0; read < MAX_READ_ROWS; read += READ_ROWS) {
      const { rows } = run(READ, fromId, before, READ_ROWS);
      if (rows.length === 0) return gathering.answer(false);
      for (const { id, series } of rows) {
        before = Number(id);
        if (!gathering.add(...unpack(before, String(series)))) return gathering.answer(true);
      }
    }
    return gathering.answer(true);
  };
  return {
    append(samples, events) {
      open();
      for (const [hour, packed] of packsOf(samples, events)) join(hour, packed);
    },
    ask(query) {
      open();
      const fromId = firstId(Math.max(0, query.fromMs - longestHoldMs(query)));
      const history = gather(query, fromId, firstId(query.toMs + HOUR_MS));
      if (history.newestMs !== undefined) return history;
      // Perhaps the names are stored, but in another time.
      const { newestMs, stored } = gather({ ...query, toMs: -1 }, 0, Number.MAX_SAFE_INTEGER);
      return {
        ...{ ...noPoints(), fromMs: query.fromMs, toMs: query.toMs },
        ...(newestMs !== undefined && { newestMs }),
        ...(stored !== undefined && { stored }),
      };
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

/** Series with commas between them, so that another pack can follow in the same row; by hour. */
function packsOf(samples: readonly Sample[], events: readonly HistoryEvent[]): Map<number, string> {
  const groups = new Map<string, { hour: number; packed: Packed }>();
  const groupOf = (atMs: number, series: [string, string, number, string]): Packed => {
    const hour = Math.max(0, Math.floor(atMs / HOUR_MS));
    const key = JSON.stringify([hour, ...series]);
    const group = groups.get(key) ?? { hour, packed: [...series, []] };
    groups.set(key, group);
    return group.packed;
  };
  for (const { node, metric, generation, unit, version, value, sampledAtMs } of samples) {
    const [, , , , rows] = groupOf(sampledAtMs, [node, metric, generation, unit]);
    rows.push([version, Math.floor(sampledAtMs) % HOUR_MS, value]);
  }
  for (const event of events) {
    const group = groupOf(event.atMs, [event.node, '', event.generation, '']);
    const offsetMs = Math.floor(event.atMs) % HOUR_MS;
    group[5] ??= [];
    if (isFactChange(event)) {
      group[6] ??= [];
      group[6].push([offsetMs, event.key, event.change, event.value]);
    } else group[5].push([offsetMs, event.status]);
  }
  const hours = Map.groupBy(groups.values(), ({ hour }) => hour);
  return new Map(
    [...hours].map(([hour, group]) => [
      hour,
      group.map(({ packed }) => JSON.stringify(packed)).join(','),
    ]),
  );
}

function unpack(id: number, text: string): [Series[], LifeEvent[]] {
  const startMs = Math.floor(id / HOUR_ROWS) * HOUR_MS;
  const series: Series[] = [];
  const events: LifeEvent[] = [];
  for (const packed of JSON.parse(`[${text}]`) as Packed[]) {
    const [node, metric, generation, unit, samples, changes] = packed;
    for (const [offsetMs, status] of changes ?? []) {
      events.push({ node, generation, status, atMs: startMs + offsetMs });
    }
    if (changes !== undefined) continue;
    const rows = samples.map(([version, offsetMs, value]) => {
      return { version, value, sampledAtMs: startMs + offsetMs };
    });
    series.push({ node, metric, generation, unit, rows });
  }
  return [series, events];
}
