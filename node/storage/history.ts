// Answers a question about the past on one connection to a node's database, in many short steps.

import type { Client } from '@libsql/client';
import type { History, HistoryQuery } from '../ports.ts';
import { readBuckets } from './history/buckets.ts';
import { noPoints } from './history/points.ts';
import { readRaw } from './history/raw.ts';
import { createReader, type Reader } from './history/reader.ts';
import { selectNames, selectRuns, selectSlots } from './history/statements.ts';
import type { StoredRun } from './history/walk.ts';

/** Runs that one question looks at, those that began last, and how many at once. */
const MAX_RUNS = 20_000;
const RUNS_AT_ONCE = 2_000;
const MAX_NAMES = 200;

/**
 * In time's order; of more points than the query's limit, the newest. Rejects with the reason of
 * `signal` between two statements; no transaction is open there.
 */
export async function readHistory(
  client: Client,
  query: HistoryQuery,
  signal?: AbortSignal,
): Promise<History> {
  const reader = createReader(client, signal);
  const runs = await readRuns(reader, query);
  if (runs.length === 0) return { ...nothing(query), stored: await readNames(reader) };
  const [slots] = await reader.rows(selectSlots());
  const firstSlot = Number(slots?.first);
  const history =
    query.stepMs < 1
      ? await readRaw(reader, query, runs, firstSlot)
      : await readBuckets(reader, query, runs, firstSlot);
  return { ...history, newestMs: runs.reduce((newest, run) => Math.max(newest, run.newestMs), 0) };
}

const nothing = ({ fromMs, toMs }: HistoryQuery): History => ({
  ...noPoints(),
  fromMs,
  toMs,
});

async function readRuns(reader: Reader, query: HistoryQuery): Promise<StoredRun[]> {
  const runs: StoredRun[] = [];
  let before = Number.MAX_SAFE_INTEGER;
  while (runs.length < MAX_RUNS) {
    const rows = await reader.rows(selectRuns(query, before, RUNS_AT_ONCE));
    for (const row of rows) {
      before = Number(row.id);
      // Names outlive their rows for a moment.
      if (row.newestMs === null) continue;
      runs.push({
        ...{ id: Number(row.id), generation: Number(row.generation) },
        ...{ node: String(row.node), metric: String(row.metric), unit: String(row.unit) },
        ...{ lastSlot: Number(row.lastSlot), newestMs: Number(row.newestMs) },
      });
    }
    if (rows.length < RUNS_AT_ONCE) break;
  }
  // Of one hour the later run comes first, for its rows are newer.
  return runs.sort((a, b) => b.generation - a.generation);
}

async function readNames(reader: Reader): Promise<NonNullable<History['stored']>> {
  const [nodes = [], metrics = []] = await Promise.all(
    selectNames(MAX_NAMES).map(async (statement) =>
      (await reader.rows(statement)).map(({ name }) => String(name)),
    ),
  );
  return { nodes, metrics };
}
