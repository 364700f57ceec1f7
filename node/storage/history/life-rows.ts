// Which nodes lived when, from a database: the events that the observer stored, and its own runs.

import type { HistoryQuery } from '../../ports.ts';
import { readFirstRows } from './first-rows.ts';
import {
  createLives,
  type Gap,
  type LifeEvent,
  type Lives,
  type OwnLife,
  type OwnRun,
} from './lives.ts';
import type { Reader } from './reader.ts';
import { countWriters, selectEvents, selectLastWords, selectOwnRuns } from './statements.ts';

type Seen = [atMs: number, node: string, generation: number, status: LifeEvent['status']];

/** Events looked at by one statement, and by one question; a fleet at peace has a few a day. */
const STATEMENT_EVENTS = 5_000;
const MAX_EVENTS = 50_000;
/** The newest starts of the observer. */
const MAX_RUNS = 1_000;
/** Runs whose last words one statement looks for, and events after the last row of each. */
const WORDS_AT_ONCE = 32;
const MAX_WORDS = 2_000;

/** For the rows from `sinceMs` to `toMs`. */
export async function readLives(
  reader: Reader,
  query: HistoryQuery,
  sinceMs: number,
  toMs: number,
): Promise<Lives> {
  const events: LifeEvent[] = [];
  let beforeMs = toMs + 1;
  for (let looked = 0; looked < MAX_EVENTS; looked += STATEMENT_EVENTS) {
    const statement = selectEvents(query, sinceMs, beforeMs, STATEMENT_EVENTS);
    const [row] = await reader.rows(statement);
    for (const [atMs, node, generation, status] of JSON.parse(String(row?.seen)) as Seen[]) {
      events.push({ node, generation, status, atMs });
    }
    if (Number(row?.looked) < STATEMENT_EVENTS) break;
    // Others of that moment may be among those not looked at; to take one twice does no harm.
    beforeMs = Math.min(beforeMs - 1, Number(row?.oldestMs) + 1);
  }
  const span = { fromMs: sinceMs, untilMs: toMs + 1 };
  return createLives(events, await readOwnLife(reader, query, span));
}

/** On a server others went on writing while this observer was away. */
async function readOwnLife(
  reader: Reader,
  { observer, node = observer }: HistoryQuery,
  span: Gap,
): Promise<OwnLife> {
  const [counted] = await reader.rows(countWriters());
  const isShared = Number(counted?.writers) > 1;
  if (isShared && node !== observer) return { observer, runs: [], isShared };
  const rows = await reader.rows(selectOwnRuns(observer, MAX_RUNS));
  const stored = rows.map(({ generation, lastMs }) => ({
    generation: Number(generation),
    lastMs: Number(lastMs),
  }));
  const runs = await withLastWords(reader, observer, stored, span);
  const firstMs = await readFirstRows(reader, observer, runs, span);
  const known = runs.map((run) => ({ ...run, ...firstMs.get(run.generation) }));
  return { observer, runs: known, isShared };
}

/** As far as it matters: of runs after whose last row the next began only later, in `span`. */
async function withLastWords(
  reader: Reader,
  observer: string,
  runs: readonly OwnRun[],
  span: Gap,
): Promise<OwnRun[]> {
  const saidMs = new Map<number, number>();
  const silent = runs.filter(({ lastMs }, index) => {
    const nextMs = runs[index - 1]?.generation ?? 0;
    return lastMs < Math.min(nextMs, span.untilMs) && nextMs > span.fromMs;
  });
  for (let start = 0; start < silent.length; start += WORDS_AT_ONCE) {
    const some = silent.slice(start, start + WORDS_AT_ONCE);
    const asked = some.map(({ generation, lastMs }) => [generation, lastMs]);
    for (const row of await reader.rows(selectLastWords(observer, asked, MAX_WORDS))) {
      const run = some[Number(row.number)];
      if (run !== undefined) saidMs.set(run.generation, Number(row.lastMs));
    }
  }
  return runs.map((run) => ({ ...run, lastMs: saidMs.get(run.generation) ?? run.lastMs }));
}
