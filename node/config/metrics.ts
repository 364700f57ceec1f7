// The standard metrics with their default priorities and deltas. Probes measure them, the
// configuration may change priority, delta and which are gossiped; everything else reads these.

import type { MetricDefinition } from '../core/model.ts';

const gauge = (
  name: string,
  unit: string,
  description: string,
  priority: number,
  delta: MetricDefinition['delta'],
  resolution: number,
): MetricDefinition => ({ name, unit, kind: 'gauge', description, priority, delta, resolution });

const absolute = (change: number) => ({ kind: 'absolute', change }) as const;

/** % of all cores over the last sampling period; waiting for I/O counts as idle. */
export const CPU = gauge('cpu', '%', 'CPU busy, all cores', 1, absolute(5), 0.1);

/** (total − available) / total, the cgroup's limit respected. */
export const MEMORY = gauge('memory', '%', 'Memory not available', 5, absolute(7), 0.1);

/** Received + sent over real interfaces; the floor keeps an idle link from chattering. */
export const NETWORK = gauge(
  'network',
  'B/s',
  'Network traffic, received and sent',
  5,
  { kind: 'relative', ratio: 0.15, floor: 4096 },
  128,
);

export const STORAGE = gauge(
  'storage',
  '%',
  'Used share of the fullest file system',
  10,
  absolute(10),
  0.1,
);

export const SWAP = gauge('swap', '%', 'Swap in use', 1, absolute(10), 0.1);

export const LOAD1 = gauge('load1', '', 'Load average over one minute', 1, absolute(1), 0.01);

export const STANDARD_METRICS: readonly MetricDefinition[] = [
  CPU,
  MEMORY,
  NETWORK,
  STORAGE,
  SWAP,
  LOAD1,
];

/** The four metrics every report and table of PrioMon speaks of. */
export const PRIMARY_METRICS = ['cpu', 'memory', 'network', 'storage'] as const;
