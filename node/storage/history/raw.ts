// Rows as they are stored, the newest that the limit allows: of each run its newest, and more only
// while they may be among those of all.

import type { Row } from '@libsql/client';
import type { History, HistoryQuery } from '../../ports.ts';
import { SLOT_MS } from '../database/schema.ts';
import { byNames } from './grid.ts';
import { noPoints, pointsOfRows } from './points.ts';
import type { Reader } from './reader.ts';
import { readLatest, selectLatest } from './statements.ts';
import { type Place, placesOf, type StoredRun, slotOf } from './walk.ts';

interface RawRow {
  readonly run: StoredRun;
  readonly version: number;
  readonly atMs: number;
  readonly value: number;
}

interface Search {
  readonly reader: Reader;
  readonly fromMs: number;
  readonly toMs: number;
  readonly newest: Newest;
  /** Rows of one run and hour that are read at once. */
  readonly depth: number;
}

/** A row that comes out of a statement is as much work as so many that are only summed up. */
const ROW_WEIGHT = 8;
const MIN_DEPTH = 8;
const MAX_DEPTH = 1_000;
/** Where rows newer than the span are passed over first. */
const PLACES_IN_PART = 8;
/** Places that one question may look at, in vain or not: about a second of work. */
const MAX_PLACES = 200_000;

export async function readRaw(
  reader: Reader,
  query: HistoryQuery,
  runs: readonly StoredRun[],
  firstSlot: number,
): Promise<Omit<History, 'newestMs' | 'stored'>> {
  const limit = Math.floor(query.limit);
  const toMs = Math.floor(query.toMs);
  const fromMs = Math.max(Math.ceil(query.fromMs), firstSlot * SLOT_MS);
  if (fromMs > toMs || limit < 1) return { ...noPoints(), fromMs: query.fromMs, toMs };
  // One more than is given: so it is known whether any were left out.
  const newest = createNewest(limit + 1);
  const depth = Math.ceil((limit + 1) / runs.length);
  const search = {
    ...{ reader, fromMs, toMs, newest },
    depth: Math.min(MAX_DEPTH, Math.max(MIN_DEPTH, depth)),
  };
  const endMs = await searchHours(search, runs);
  const rows = newest.list();
  const kept = rows.slice(Math.max(0, rows.length - limit));
  const points = pointsOfRows(kept);
  if (kept.length < rows.length) {
    return { ...points, fromMs: kept[0]?.atMs ?? toMs, toMs, limited: 'points' };
  }
  if (endMs === undefined) return { ...points, fromMs, toMs };
  return { ...points, fromMs: Math.min(endMs, toMs), toMs, limited: 'rows' };
}

/** Answers where it gave up before it had looked everywhere, wall clock, ms. */
async function searchHours(
  search: Search,
  runs: readonly StoredRun[],
): Promise<number | undefined> {
  const { fromMs, toMs, newest, depth, reader } = search;
  const lastSlot = runs.reduce((slot, run) => Math.max(slot, run.lastSlot), 0);
  const places = placesOf(runs, slotOf(fromMs), Math.min(lastSlot, slotOf(toMs)));
  const width = Math.max(1, Math.floor(reader.chunkRows / ROW_WEIGHT / depth));
  let chosen: Place<StoredRun>[] = [];
  let looked = 0;
  for (const place of places) {
    const isPart = place.slot === slotOf(toMs);
    const isSettled = newest.isFull() && (place.slot + 1) * SLOT_MS <= newest.sinceMs();
    if (isSettled) break;
    chosen.push(place);
    if (chosen.length < (isPart ? Math.min(width, PLACES_IN_PART) : width)) continue;
    await searchPlaces(search, chosen);
    looked += chosen.length;
    chosen = [];
    if (looked >= MAX_PLACES) return (place.slot + 1) * SLOT_MS;
  }
  await searchPlaces(search, chosen);
  return undefined;
}

async function searchPlaces(search: Search, places: readonly Place<StoredRun>[]): Promise<void> {
  const { reader, fromMs, toMs, newest, depth } = search;
  let wanted = places.map(({ run, slot }) => ({
    ...{ run, slot, series: run.id, untilVersion: Number.MAX_SAFE_INTEGER },
    untilMs: Math.min(toMs + 1 - slot * SLOT_MS, SLOT_MS),
  }));
  while (wanted.length > 0) {
    const found = await reader.rows(selectLatest(wanted, depth));
    const more: typeof wanted = [];
    for (const row of found) {
      const place = wanted[Number(row.number)];
      if (place === undefined) continue;
      const rows = rowsOf(place, row);
      newest.add(rows.filter(({ atMs }) => atMs >= fromMs));
      const oldest = rows.at(-1);
      const mayHaveMore = oldest !== undefined && rows.length === depth && oldest.atMs > fromMs;
      if (mayHaveMore && oldest.atMs >= newest.sinceMs()) {
        more.push({ ...place, untilVersion: oldest.version });
      }
    }
    wanted = more;
  }
}

const rowsOf = ({ run, slot }: Place<StoredRun>, row: Row): RawRow[] =>
  readLatest(row).map(([version, offsetMs, value]) => {
    return { run, version, atMs: slot * SLOT_MS + offsetMs, value };
  });

interface Newest {
  add(rows: readonly RawRow[]): void;
  isFull(): boolean;
  /** Rows before this are too old to be among the newest. */
  sinceMs(): number;
  list(): readonly RawRow[];
}

/** Of all rows that come the newest `most`, in the order of time; holds twice as many at most. */
function createNewest(most: number): Newest {
  let rows: RawRow[] = [];
  let sinceMs = 0;
  const settle = (): void => {
    rows = rows.sort(inOrder).slice(-most);
    if (rows.length === most) sinceMs = rows[0]?.atMs ?? 0;
  };
  return {
    add(more) {
      for (const row of more) if (row.atMs >= sinceMs) rows.push(row);
      if (rows.length >= 2 * most) settle();
    },
    isFull: () => rows.length >= most,
    sinceMs() {
      if (sinceMs === 0 && rows.length >= most) settle();
      return sinceMs;
    },
    list() {
      settle();
      return rows;
    },
  };
}

const inOrder = (a: RawRow, b: RawRow): number =>
  a.atMs - b.atMs ||
  byNames(a.run, b.run) ||
  a.run.generation - b.run.generation ||
  a.version - b.version;
