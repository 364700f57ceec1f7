// What is asked of a node that has no machine: how many requests, how long they took, how many it
// could not answer; each over the time since the last look.

import type { MetricDefinition } from '../../core/model.ts';
import type { Probe, Reading } from '../../ports.ts';

const gauge = (
  name: string,
  unit: string,
  description: string,
  priority: number,
  delta: MetricDefinition['delta'],
  resolution: number,
): MetricDefinition => ({ name, unit, kind: 'gauge', description, priority, delta, resolution });

// Peers call now and then, which is no news: only what goes beyond that is worth telling.
const REQUESTS = gauge(
  'requests',
  '/s',
  'Requests answered, those of peers included',
  1,
  { kind: 'relative', ratio: 0.5, floor: 2 },
  0.01,
);

const LATENCY = gauge(
  'request_latency',
  'ms',
  'Mean time to answer a request',
  1,
  { kind: 'relative', ratio: 0.5, floor: 50 },
  1,
);

const ERRORS = gauge(
  'request_errors',
  '%',
  'Requests that the node failed to answer (status 500 and above)',
  5,
  { kind: 'absolute', change: 5 },
  0.1,
);

/** What happened since the last look, kept where a sleep cannot take it. */
export interface RequestTotals {
  readonly sinceMs: number;
  readonly requests: number;
  readonly totalMs: number;
  readonly errors: number;
}

export interface RequestProbe extends Probe {
  note(status: number, durationMs: number): void;
  totals(): RequestTotals | undefined;
}

/** Failing requests are counted only among so many, or one would be 100 %. */
const FEWEST = 5;

export function createRequestProbe(before?: RequestTotals): RequestProbe {
  let totals = before;
  return {
    name: 'requests',
    metrics: [REQUESTS, LATENCY, ERRORS],
    note(status, durationMs) {
      if (totals === undefined) return;
      const { sinceMs, requests, totalMs, errors } = totals;
      const failed = status >= 500 ? 1 : 0;
      const sum = { requests: requests + 1, totalMs: totalMs + durationMs };
      totals = { sinceMs, ...sum, errors: errors + failed };
    },
    totals: () => totals,
    collect(nowMs) {
      const last = totals;
      totals = { sinceMs: nowMs, requests: 0, totalMs: 0, errors: 0 };
      return last === undefined || nowMs <= last.sinceMs ? [] : readingsOf(last, nowMs);
    },
  };
}

function readingsOf(
  { sinceMs, requests, totalMs, errors }: RequestTotals,
  nowMs: number,
): Reading[] {
  const readings = [{ metric: 'requests', value: (requests * 1_000) / (nowMs - sinceMs) }];
  // Without a request there is no latency, and no share of failures: no data, not 0.
  if (requests > 0) readings.push({ metric: 'request_latency', value: totalMs / requests });
  if (requests < FEWEST && errors > 0) return readings;
  if (requests > 0) readings.push({ metric: 'request_errors', value: (errors * 100) / requests });
  return readings;
}
