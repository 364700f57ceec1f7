// What a history should say, by looking at every second of it: slow, and plain enough to believe.

import * as fc from 'fast-check';
import type { HistoryQuery, MembershipEvent, Sample } from '../../node/ports.ts';
import type { HistoryPoint } from '../support/points.ts';
import { everything, START_MS, sample } from './rows.ts';

export const SECOND_MS = 1_000;
/** A minute before an hour ends: what is told goes on in the next one. */
export const ORIGIN_MS = START_MS + 3_600_000 - 60_000;
const SECONDS = 120;

const isAlive = ({ status }: MembershipEvent): boolean =>
  status === 'alive' || status === 'suspect';

const isDead = (
  events: readonly MembershipEvent[],
  { node, generation }: Sample,
  atMs: number,
  isOwn: boolean,
): boolean => {
  let dead = false;
  const ordered = events.filter((event) => event.node === node).toSorted((a, b) => a.atMs - b.atMs);
  const begunMs = ordered.find((event) => event.generation >= generation)?.atMs;
  const earlier = ordered.filter((event) => event.generation < generation);
  const last = earlier.findLast((event) => event.atMs <= atMs);
  const isSoon = begunMs === undefined || atMs < begunMs;
  const wasDead = last !== undefined && !isAlive(last);
  // It never says of itself that its next run lives.
  if (isOwn && wasDead && earlier.some((event) => isAlive(event) && event.atMs > atMs)) return true;
  if (!isOwn && isSoon) return wasDead;
  for (const event of ordered) {
    if (event.generation < generation || event.atMs > atMs) continue;
    if (isAlive(event) && event.generation > generation) return true;
    dead = !isAlive(event);
  }
  return dead;
};

/** When the observer was away that stored these samples of itself: between two of its runs. */
function absencesOf(
  samples: readonly Sample[],
  events: readonly MembershipEvent[],
): { readonly afterMs: number; readonly untilMs: number }[] {
  const runs = [...new Set(samples.map(({ generation }) => generation))].sort((a, b) => a - b);
  return runs.slice(1).map((untilMs, index) => {
    const signs = [
      ...samples.map(({ generation, sampledAtMs }) => ({ generation, atMs: sampledAtMs })),
      ...events,
    ].filter(({ generation }) => generation === runs[index]);
    return { afterMs: Math.max(...signs.map(({ atMs }) => atMs)), untilMs };
  });
}

/** Of one line, whose samples are in the order of time and of their owner; all in whole seconds. */
export function expectedOf(
  samples: readonly Sample[],
  events: readonly MembershipEvent[],
  query: HistoryQuery,
): Omit<HistoryPoint, 'node' | 'metric' | 'unit'>[] {
  const { fromMs, toMs, stepMs, holdMs } = query;
  // Whoever tells values after a death is seen alive as well: older events contradict no row.
  const recent = events.filter((event) => event.atMs >= fromMs - holdMs);
  const isOwn = samples[0]?.node === query.observer;
  const absences = isOwn ? absencesOf(samples, events) : [];
  /** Of the second that begins now; the ms of a last sign of life is known. */
  const knownMs = (now: number): number => {
    const absence = absences.find(({ afterMs, untilMs }) => afterMs <= now && now < untilMs);
    if (absence === undefined) return SECOND_MS;
    return absence.afterMs === now ? 1 : 0;
  };
  const points = [];
  for (let atMs = Math.floor(fromMs / stepMs) * stepMs; atMs <= toMs; atMs += stepMs) {
    const [sinceMs, untilMs] = [Math.max(atMs, fromMs), Math.min(atMs + stepMs, toMs + 1)];
    const held: { value: number; ms: number }[] = [];
    for (let now = sinceMs; now < untilMs; now += SECOND_MS) {
      const last = samples.findLast(({ sampledAtMs }) => sampledAtMs <= now);
      if (last === undefined || now >= last.sampledAtMs + holdMs) continue;
      const ms = isDead(recent, last, now, isOwn) ? 0 : knownMs(now);
      if (ms > 0) held.push({ value: last.value, ms });
    }
    const rows = samples.filter((row) => row.sampledAtMs >= sinceMs && row.sampledAtMs < untilMs);
    const seen = rows.filter((row) => !isDead(recent, row, row.sampledAtMs, isOwn));
    const all = [...held, ...seen].map(({ value }) => value);
    const heldMs = held.reduce((sum, { ms }) => sum + ms, 0);
    const avg =
      heldMs === 0 ? null : held.reduce((sum, { value, ms }) => sum + value * ms, 0) / heldMs;
    const [min, max] = avg === null ? [null, null] : [Math.min(...all), Math.max(...all)];
    points.push({ atMs, min, avg, max, count: rows.length });
  }
  return points;
}

const second = fc.integer({ min: 0, max: SECONDS - 1 });
const status = fc.constantFrom('alive', 'suspect', 'dead', 'left', 'forgotten' as const);

export interface Told {
  readonly samples: readonly Sample[];
  readonly events: readonly MembershipEvent[];
  readonly query: HistoryQuery;
}

/** Up to three runs of one node, what its observer saw of it, and a question about it. */
export const told = (node: string): fc.Arbitrary<Told> =>
  fc
    .record({
      rows: fc.array(fc.record({ at: second, value: fc.integer({ min: -9, max: 99 }) }), {
        maxLength: 25,
      }),
      starts: fc.array(second, { maxLength: 2 }),
      changes: fc.array(fc.record({ at: second, run: fc.integer({ min: 0, max: 2 }), status }), {
        maxLength: 12,
      }),
      from: second,
      length: fc.integer({ min: 1, max: SECONDS }),
      step: fc.integer({ min: 1, max: 45 }),
      hold: fc.integer({ min: 1, max: 60 }),
    })
    .map(({ rows, starts, changes, from, length, step, hold }) => {
      const ordered = rows.toSorted((a, b) => a.at - b.at);
      const generationAt = (at: number): number => 5 + starts.filter((start) => start <= at).length;
      const fromMs = ORIGIN_MS + from * SECOND_MS;
      return {
        samples: ordered.map(({ at, value }, index) =>
          sample(index + 1, {
            ...{ node, value, generation: generationAt(at) },
            sampledAtMs: ORIGIN_MS + at * SECOND_MS,
          }),
        ),
        // Of two at one moment nobody knows which came first.
        events: changes
          .filter(({ at }, index) => changes.findIndex((other) => other.at === at) === index)
          .map(({ at, run, status }) => ({
            ...{ node, status, generation: 5 + run, address: '' },
            atMs: ORIGIN_MS + at * SECOND_MS,
          })),
        query: everything({
          ...{ node, metric: 'cpu', stepMs: step * SECOND_MS, holdMs: hold * SECOND_MS },
          ...{ fromMs, toMs: fromMs + length * SECOND_MS - 1 },
        }),
      };
    });

/**
 * Runs of an observer that says of itself that it lives, or leaves, and a question about all of
 * them: the times are those of `day`.
 */
export const toldOfItself = (day: number): fc.Arbitrary<Told> =>
  told('n1').map(({ samples, events, query }) => {
    const originMs = ORIGIN_MS + day * 86_400_000;
    const byDay = (atMs: number): number => atMs - ORIGIN_MS + originMs;
    // A run starts with its first row, and what is said belongs to the one that is there.
    const startMs = new Map<number, number>();
    for (const { generation, sampledAtMs } of samples) {
      if (!startMs.has(generation)) startMs.set(generation, byDay(sampledAtMs));
    }
    const starts = [...startMs.values()];
    return {
      samples: samples.map((row) => ({
        ...row,
        generation: startMs.get(row.generation) ?? 0,
        sampledAtMs: byDay(row.sampledAtMs),
      })),
      events: events.flatMap((event) => {
        const atMs = byDay(event.atMs);
        const generation = starts.findLast((start) => start <= atMs);
        const status = event.status === 'alive' ? 'alive' : 'left';
        return generation === undefined ? [] : [{ ...event, status, generation, atMs }];
      }),
      query: { ...query, fromMs: originMs, toMs: originMs + SECONDS * SECOND_MS - 1 },
    };
  });
