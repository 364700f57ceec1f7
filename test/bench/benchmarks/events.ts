// What one death, join, farewell, refutation or urgent change costs a settled fleet, in requests,
// and when all others know: in virtual time, so a machine's speed does not matter.

import { costOfEvent, type FleetEvent } from '../../../node/experiment/simulation/event-cost.ts';
import type { Benchmark, Row } from '../benchmark.ts';

const EVENTS: readonly FleetEvent[] = ['kill', 'vanish', 'stall', 'join', 'leave', 'urgent'];
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
    return FLEETS.flatMap(({ size, runs, quickRuns }) =>
      EVENTS.flatMap((event) => rowsOf(event, size, isQuick ? quickRuns : runs)),
    );
  },
};

function rowsOf(event: FleetEvent, size: number, runs: number): Row[] {
  const costs = Array.from({ length: runs }, (_, i) => costOfEvent({ event, size, seed: i + 1 }));
  // A short stall is not always noticed: then nobody has anything to know.
  const noticed = costs.filter(({ knownMs }) => Number.isFinite(knownMs));
  if (noticed.length === 0) return [];
  const what = `${size} nodes, ${event}`;
  const messages = noticed.map((cost) => cost.messages);
  const knownMs = noticed.map((cost) => cost.knownMs);
  return [
    { what: `${what}: messages`, values: messages, unit: '', aim: MOST_A_NODE * size },
    { what: `${what}: known to all others`, values: knownMs, unit: 'ms' },
  ];
}
