// Plays a trace to the nodes of an experiment: the last recorded value holds until the next one,
// and at its end the trace begins anew.
//
// Node i plays traced node i mod k. When there are more nodes than the k traced ones, each further
// lap of k nodes starts at another place of the trace, or a hundred nodes would jump in lockstep.
// The places are the multiples of the golden ratio, which lie evenly apart for any number of laps.
// The seed changes nothing: what was recorded is the same in every repetition.

import { OperatingError } from '../../../errors.ts';
import type { Workload, WorkloadOptions } from '../workload.ts';
import type { Series, Trace } from './trace.ts';

const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** Where in the trace a lap of nodes begins; the first lap plays it from its start. */
export const offsetMs = (lap: number, durationMs: number): number =>
  ((lap * GOLDEN) % 1) * durationMs;

/**
 * Metrics that a traced node lacks hold 0: they are told when refreshed and never move.
 * Intensity is the speed of the replay. Throws an OperatingError when no metric is in the trace.
 */
export function replay(trace: Trace, options: WorkloadOptions): Workload {
  const { metrics, intensity } = options;
  refuseStrangers(trace, options);
  return (index) => {
    const node = trace.nodes[index % trace.nodes.length];
    const shiftMs = offsetMs(Math.floor(index / trace.nodes.length), trace.durationMs);
    const values = metrics.map(({ name }) => holdLast(node?.series.get(name)));
    return {
      valuesAt(atMs) {
        const playedMs = (Math.max(0, atMs * intensity) + shiftMs) % trace.durationMs;
        return values.map((value) => value(playedMs));
      },
    };
  };
}

function refuseStrangers({ nodes }: Trace, { metrics }: WorkloadOptions): void {
  if (metrics.length === 0) return;
  const held = new Set(nodes.flatMap(({ series }) => [...series.keys()]));
  if (metrics.some(({ name }) => held.has(name))) return;
  const asked = metrics.map(({ name }) => name).join(', ');
  const message =
    `The trace holds ${[...held].slice(0, 10).join(', ')}, but none of the metrics ${asked}; ` +
    'rename its metrics, or those of the experiment.';
  throw new OperatingError('trace_metrics', message);
}

/** Before its first sample a metric has the value of that. Rising times cost one step a sample. */
function holdLast(series: Series | undefined): (atMs: number) => number {
  if (series === undefined) return () => 0;
  const { atMs: times, values } = series;
  let position = 0;
  return (atMs) => {
    if (atMs < (times[position] ?? 0)) position = 0;
    while ((times[position + 1] ?? Number.POSITIVE_INFINITY) <= atMs) position++;
    return values[position] ?? 0;
  };
}
