// What a history should say, by looking at every second of it: slow, and plain enough to believe.

import * as fc from 'fast-check';
import type { HistoryQuery, MembershipEvent, Sample } from '../../node/ports.ts';
import type { HistoryPoint } from '../support/points.ts';
import { everything, START_MS, sample } from './rows.ts';

export const SECOND_MS = 1_000;
/** A minute before an hour ends: what is told goes on in the next one. */
export const ORIGIN_MS = START_MS + 3_600_000 - 60_000;
const SECONDS = 120;

const isDead = (
  events: readonly MembershipEvent[],
  { node, generation }: Sample,
  atMs: number,
): boolean => {
  let dead = false;
  for (const event of events.toSorted((a, b) => a.atMs - b.atMs)) {
    if (event.node !== node || event.generation < generation || event.atMs > atMs) continue;
    const isAlive = event.status === 'alive' || event.status === 'suspect';
    if (isAlive && event.generation > generation) return true;
    dead = !isAlive;
  }
  return dead;
};

/** Of one line, whose samples are in the order of time and of their owner; all in whole seconds. */
export function expectedOf(
  samples: readonly Sample[],
  events: readonly MembershipEvent[],
  query: HistoryQuery,
): Omit<HistoryPoint, 'node' | 'metric' | 'unit'>[] {
  const { fromMs, toMs, stepMs, holdMs } = query;
  // Whoever tells values after a death is seen alive as well: older events contradict no row.
  const recent = events.filter((event) => event.atMs >= fromMs - holdMs);
  const points = [];
  for (let atMs = Math.floor(fromMs / stepMs) * stepMs; atMs <= toMs; atMs += stepMs) {
    const [sinceMs, untilMs] = [Math.max(atMs, fromMs), Math.min(atMs + stepMs, toMs + 1)];
    const held: number[] = [];
    for (let now = sinceMs; now < untilMs; now += SECOND_MS) {
      const last = samples.findLast(({ sampledAtMs }) => sampledAtMs <= now);
      if (last === undefined || now >= last.sampledAtMs + holdMs) continue;
      if (!isDead(recent, last, now)) held.push(last.value);
    }
    const rows = samples.filter((row) => row.sampledAtMs >= sinceMs && row.sampledAtMs < untilMs);
    const seen = rows.filter((row) => !isDead(recent, row, row.sampledAtMs));
    const all = [...held, ...seen.map(({ value }) => value)];
    const avg = held.length === 0 ? null : held.reduce((sum, x) => sum + x, 0) / held.length;
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
        maxLength: 6,
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
