// Records what the probes of this machine measure as lines of a trace, one sample each period.

import { setTimeout as sleep } from 'node:timers/promises';
import { PRIMARY_METRICS } from '../../../config/metrics.ts';
import { fromSteps, toSteps } from '../../../core/data/publishing/publishing-rule.ts';
import type { MetricDefinition } from '../../../core/model.ts';
import type { Machine } from '../../../host/process/measuring.ts';
import type { Clock } from '../../../ports.ts';
import { TRACE_HEADER } from './trace-file.ts';

export interface RecordingOptions {
  readonly machine: Pick<Machine, 'probes' | 'collect'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Name of the machine in the trace; its real one need not be told. */
  readonly node: string;
  /** Samples after the one at 0. */
  readonly count: number;
  readonly periodMs: number;
  /** Takes one sample's lines, each with its line break. */
  readonly write: (lines: string) => Promise<void>;
  readonly signal?: AbortSignal;
}

/** Resolves to the number of rows; an aborted recording is a shorter one. */
export async function record(options: RecordingOptions): Promise<number> {
  const { machine, clock, node, count, periodMs, write, signal } = options;
  const definitions = definitionsOf(machine);
  // Rates need a baseline: what is asked here is not written.
  await machine.collect(clock.monotonicMs());
  await sleep(periodMs);
  await write(`${TRACE_HEADER}\n`);
  const startMs = clock.monotonicMs();
  let rows = 0;
  for (let sample = 0; sample <= count; sample++) {
    // Counted from the start, or the lateness of each timer would add up.
    await sleep(Math.max(0, startMs + sample * periodMs - clock.monotonicMs()));
    if (signal?.aborted) break;
    const nowMs = clock.monotonicMs();
    const readings = await machine.collect(nowMs);
    const lines = readings.flatMap(({ metric, value }) => {
      const definition = definitions.get(metric);
      if (definition === undefined) return [];
      // Finer digits would be noise: gossip rounds so as well.
      const rounded = fromSteps(definition, toSteps(definition, value));
      return `${Math.round(nowMs - startMs)},${node},${metric},${rounded}\n`;
    });
    await write(lines.join(''));
    rows += lines.length;
  }
  return rows;
}

/** The metrics that reports speak of, as far as this machine has them. */
function definitionsOf({ probes }: Pick<Machine, 'probes'>): Map<string, MetricDefinition> {
  const primary: readonly string[] = PRIMARY_METRICS;
  const all = probes.flatMap(({ metrics }) => metrics);
  return new Map(all.filter(({ name }) => primary.includes(name)).map((one) => [one.name, one]));
}
