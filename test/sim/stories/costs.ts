// What events may cost, each as a story that returns what went wrong: a death, a join, a farewell,
// a refutation or an urgent change takes few messages a member, however large the fleet.

import {
  createEventMeter,
  type FleetEvent,
  type MetricEvent,
  urgentAmongDying,
} from '../../../node/experiment/simulation/event-cost.ts';

/** Requests for one event, on average over some fleets, and how far one of them may lie above. */
const MOST = 3;
const SPREAD = 0.5;
/** Of events that are one broadcast, and nothing to look into. */
const ONE_BROADCAST = 1.25;

const PROBED: readonly FleetEvent[] = ['kill', 'vanish', 'stall'];
const TOLD: readonly FleetEvent[] = ['join', 'leave', 'urgent'];

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Until all others know, ms; a machine that vanished has to be missed first. */
const KNOWN_MS: Partial<Record<FleetEvent, number>> = {
  ...{ kill: 2_100, leave: 50, urgent: 50, vanish: 7_500 },
};

/** Of `runs` fleets of this size, from the seed on: each event is cheap, and known soon. */
export function eventsCostLittle(seed: number, size = 20, runs = 4): string[] {
  const meters = Array.from({ length: runs }, (_, i) => createEventMeter({ size, seed: seed + i }));
  return [...PROBED, ...TOLD].flatMap((event) => {
    const costs = meters.map((costOf) => costOf(event));
    const each = costs.map(({ messages }) => messages / size);
    const most = PROBED.includes(event) ? MOST : ONE_BROADCAST;
    const isDear = mean(each) > most || Math.max(...each) > most + SPREAD;
    const knownMs = Math.max(...costs.map((cost) => cost.knownMs));
    const isLate = knownMs > (KNOWN_MS[event] ?? Number.POSITIVE_INFINITY);
    const told = each.map((cost) => cost.toFixed(2)).join(', ');
    return [
      ...(isDear ? [`a ${event} among ${size} cost ${told} messages a node`] : []),
      ...(isLate ? [`a ${event} among ${size} took ${knownMs} ms`] : []),
    ];
  });
}

/** Bytes of cards, values and definitions a node, without what frames them: for one metric. */
const METRIC_BYTES = 120;
const METRIC_EVENTS: readonly MetricEvent[] = ['add', 'add_urgent', 'change', 'remove'];
/** Until all others see it, ms: an urgent one crosses the fleet in one flight. */
const SEEN_MS: Record<MetricEvent, number> = {
  ...{ add: 15_000, add_urgent: 50, change: 15_000, remove: 15_000 },
};

/** One metric of a node that has 200 besides is added, changed or removed. */
export function metricsComeAndGoCheaply(seed: number, size = 20): string[] {
  const costOf = createEventMeter({ size, seed, further: 200 });
  return METRIC_EVENTS.flatMap((event) => {
    const { newsBytes, knownMs } = costOf(event);
    const bytes = newsBytes / size;
    return [
      ...(bytes > METRIC_BYTES ? [`${event}: ${bytes.toFixed(0)} bytes a node`] : []),
      ...(knownMs > SEEN_MS[event] ? [`${event}: seen by all after ${knownMs} ms`] : []),
    ];
  });
}

/** Delays on the way; the dead answer with a refusal, the vanished not at all. */
const DELAYS = { minDelayMs: 1, maxDelayMs: 2 };

/** An urgent change while a tenth of a fleet ends: 99 % of the living know it within so many ms. */
export function urgentChangesPassTheDying(seed: number, vanish = true, limitMs = 400): string[] {
  const fleets = Array.from({ length: 4 }, (_, i) =>
    urgentAmongDying({ size: 100, seed: seed + i, struck: 10, vanish, faults: DELAYS }),
  );
  const knownMs = fleets.flat().sort((a, b) => a - b);
  const p99 = knownMs[Math.floor(knownMs.length * 0.99)] ?? Number.POSITIVE_INFINITY;
  return p99 <= limitMs ? [] : [`known after ${p99} ms in the 99th percentile`];
}
