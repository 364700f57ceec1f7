// What one death, join, farewell, refutation or urgent change costs a settled fleet, in requests,
// and when all others know: in virtual time, so a machine's speed does not matter.

import {
  createEventMeter,
  type EventCost,
  type FleetEvent,
} from '../../../node/experiment/simulation/event-cost.ts';
import type { Benchmark, Row } from '../benchmark.ts';

const EVENTS: readonly FleetEvent[] = ['kill', 'vanish', 'stall', 'join', 'leave', 'urgent'];
/** Of one metric of a node that has 200 others. */
const METRIC_EVENTS: readonly FleetEvent[] = ['add', 'add_urgent', 'change', 'remove'];
const FURTHER = 200;
const METRIC_BYTES = 120;
/** Fleets of each size; the largest plays for minutes. */
const FLEETS = [
  { size: 20, runs: 8, quickRuns: 3 },
  { size: 100, runs: 8, quickRuns: 1 },
  { size: 1_000, runs: 1, quickRuns: 0 },
] as const;
const MOST_A_NODE = 3;

export const events: Benchmark = {
  name: 'events',
  title: 'Messages of one event, and when all know, in virtual time',
  async run({ isQuick }) {
    return FLEETS.flatMap(({ size, runs, quickRuns }) => {
      const count = isQuick ? quickRuns : runs;
      const meters = Array.from({ length: count }, (_, i) => {
        return createEventMeter({ size, seed: i + 1 });
      });
      const rows = EVENTS.flatMap((event) =>
        rowsOf(
          `${size} nodes, ${event}`,
          size,
          meters.map((costOf) => costOf(event)),
        ),
      );
      return [...rows, ...metricRows(size, count)];
    });
  },
};

function metricRows(size: number, count: number): Row[] {
  const meters = Array.from({ length: count }, (_, i) =>
    createEventMeter({ size, seed: i + 1, further: FURTHER }),
  );
  return METRIC_EVENTS.flatMap((event) => {
    const costs = meters.map((costOf) => costOf(event));
    if (costs.length === 0) return [];
    const what = `${size} nodes, one metric of ${FURTHER}, ${event}`;
    const bytes = costs.map(({ newsBytes }) => newsBytes / size);
    return [
      { what: `${what}: bytes a node`, values: bytes, unit: 'B', aim: METRIC_BYTES },
      { what: `${what}: seen by all others`, values: costs.map((c) => c.knownMs), unit: 'ms' },
    ];
  });
}

function rowsOf(what: string, size: number, costs: readonly EventCost[]): Row[] {
  // A short stall is not always noticed: then nobody has anything to know.
  const noticed = costs.filter(({ knownMs }) => Number.isFinite(knownMs));
  if (noticed.length === 0) return [];
  const messages = noticed.map((cost) => cost.messages);
  const knownMs = noticed.map((cost) => cost.knownMs);
  return [
    { what: `${what}: messages`, values: messages, unit: '', aim: MOST_A_NODE * size },
    { what: `${what}: known to all others`, values: knownMs, unit: 'ms' },
  ];
}
