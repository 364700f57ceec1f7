// Which row of a run is stamped earliest: a run whose clock was ahead at its start and set back
// since has rows from before its generation, and was there when they were stored.

import { SLOT_MS } from '../database/schema.ts';
import { type Gap, type OwnRun, pausesOf } from './lives.ts';
import type { Reader } from './reader.ts';
import { selectFirstRows, selectRuns } from './statements.ts';
import { type Extent, type StoredRun, slotOf, walkHours } from './walk.ts';

/** Runs of own metrics that are looked at, those that began last. */
const MAX_OWN = 2_000;

type FirstRows = ReadonlyMap<number, Required<Pick<OwnRun, 'firstMs'>>>;

/** By generation, as far as rows lie in `span` and in an hour that has a pause between two runs. */
export async function readFirstRows(
  reader: Reader,
  observer: string,
  runs: readonly OwnRun[],
  span: Gap,
): Promise<FirstRows> {
  const hours = hoursOf(runs, span);
  if (hours.length === 0) return new Map();
  const earliest = new Map<number, readonly Extent<StoredRun>[]>();
  const rows = await reader.rows(selectRuns({ node: observer }, Number.MAX_SAFE_INTEGER, MAX_OWN));
  const own = rows.map((row): StoredRun => {
    const { id, generation, lastSlot, newestMs } = row;
    const numbers = { id: Number(id), generation: Number(generation) };
    return {
      ...numbers,
      ...{ lastSlot: Number(lastSlot), newestMs: Number(newestMs) },
      ...{ node: observer, metric: String(row.metric), unit: String(row.unit) },
    };
  });
  // The latest hours first, so that the earliest are what is left.
  for (const { first, last } of hours) {
    for await (const { extents } of walkHours(reader, own, first, last)) {
      const byRun = Map.groupBy(extents, ({ run }) => run.generation);
      for (const [generation, found] of byRun) earliest.set(generation, found);
    }
  }
  return readTimes(reader, [...earliest.values()].flat());
}

interface Hours {
  readonly first: number;
  /** Inclusive. */
  readonly last: number;
}

/** Of all pauses within the span, each hour once; the latest first. */
function hoursOf(runs: readonly OwnRun[], span: Gap): Hours[] {
  const joined: Hours[] = [];
  const pauses = pausesOf(runs)
    .map(({ fromMs, untilMs }) => {
      return [Math.max(fromMs, span.fromMs), Math.min(untilMs, span.untilMs)] as const;
    })
    .filter(([fromMs, untilMs]) => fromMs < untilMs)
    .sort(([, a], [, b]) => b - a);
  for (const [fromMs, untilMs] of pauses) {
    const hours = { first: slotOf(fromMs), last: slotOf(untilMs) };
    const later = joined.at(-1);
    if (later === undefined || hours.last < later.first) joined.push(hours);
    else joined.splice(-1, 1, { ...later, first: Math.min(later.first, hours.first) });
  }
  return joined;
}

async function readTimes(
  reader: Reader,
  extents: readonly Extent<StoredRun>[],
): Promise<FirstRows> {
  const firstMs = new Map<number, { firstMs: number }>();
  let waiting: Extent<StoredRun>[] = [];
  let cost = 0;
  const flush = async (): Promise<void> => {
    const places = waiting.map(({ run, slot }) => [slot, run.id]);
    for (const row of await reader.rows(selectFirstRows(places))) {
      const extent = waiting[Number(row.number)];
      if (extent === undefined) continue;
      const { generation } = extent.run;
      const atMs = extent.slot * SLOT_MS + Number(row.offsetMs);
      const known = firstMs.get(generation)?.firstMs ?? atMs;
      firstMs.set(generation, { firstMs: Math.min(known, atMs) });
    }
    waiting = [];
    cost = 0;
  };
  for (const extent of extents) {
    const rows = extent.last + 1 - extent.first;
    if (waiting.length > 0 && cost + rows > reader.chunkRows) await flush();
    waiting.push(extent);
    cost += rows;
  }
  if (waiting.length > 0) await flush();
  return firstMs;
}
