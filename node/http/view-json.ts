// The view as JSON: monotonic times become ages and wall times, values lose their binary noise.

import type { ClusterView, MemberReading, MetricReading } from '../core/model.ts';
import type { Clock } from '../ports.ts';
import type {
  Heading,
  LeaveAnswer,
  MemberAnswer,
  MetricAnswer,
  MetricRow,
  NodeAnswer,
} from './answers.ts';
import { isoTime, roundTo } from './number.ts';

/** Both clocks, read once for a whole answer. */
export interface Now {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

export const readClock = (clock: Clock): Now => ({
  wallMs: clock.wallMs(),
  monotonicMs: clock.monotonicMs(),
});

/** Never negative: a sample's time is estimated and may seem to lie ahead. */
const ageMsOf = (at: number, now: Now): number => Math.max(0, Math.round(now.monotonicMs - at));

/** When something happened on this machine's wall clock, as far as its age tells. */
const wallTime = (at: number, now: Now): string => isoTime(now.wallMs - (now.monotonicMs - at));

export const headingOf = (view: ClusterView, now: Now): Heading => ({
  self: view.selfId,
  cluster: view.cluster,
  at: isoTime(now.wallMs),
});

export const metricJson = (reading: MetricReading, now: Now): MetricAnswer => ({
  ...lastingJson(reading, now),
  ageMs: ageMsOf(reading.sampledAt, now),
});

/** What of a metric passes with time alone, as JSON has it. */
export const agingText = ({ sampledAt }: MetricReading, now: Now): string =>
  `"ageMs":${ageMsOf(sampledAt, now)}`;

/** What stays as it is until the metric is told or sampled anew. */
export const lastingJson = (reading: MetricReading, now: Now): Omit<MetricAnswer, 'ageMs'> => ({
  value: roundTo(reading.value, reading.definition.resolution),
  unit: reading.definition.unit,
  priority: reading.definition.priority,
  version: reading.version,
  sampledAt: wallTime(reading.sampledAt, now),
  ...(reading.formerGeneration !== undefined && { formerGeneration: reading.formerGeneration }),
});

export const metricRow = (member: MemberReading, reading: MetricReading, now: Now): MetricRow => ({
  node: member.id,
  status: member.status,
  metric: reading.definition.name,
  ...metricJson(reading, now),
});

const leaveJson = (leave: MemberReading['leave']): { leave?: LeaveAnswer } => {
  if (leave === undefined) return {};
  const { reason, returnsAtWall } = leave;
  if (returnsAtWall === undefined) return { leave: { reason } };
  return { leave: { reason, returnsAt: isoTime(returnsAtWall) } };
};

export const commonJson = (member: MemberReading, view: ClusterView, now: Now) => ({
  status: member.status,
  generation: member.generation,
  address: member.address,
  ...(member.address === '' && { callsOutOnly: true as const }),
  labels: member.labels,
  // A node always hears itself.
  ageMs: member.id === view.selfId ? 0 : ageMsOf(member.heardAt, now),
  ...(member.skewMs === undefined ? {} : { skewMs: Math.round(member.skewMs) }),
  ...leaveJson(member.leave),
});

/** One node as `/state` has it; `metrics` is what the asker wants to see of the member's own. */
export const nodeJson = (
  member: MemberReading,
  metrics: readonly MetricReading[],
  view: ClusterView,
  now: Now,
): NodeAnswer => ({
  ...commonJson(member, view, now),
  // Not by assignment: peers choose the names, and `__proto__` is one they could choose.
  metrics: Object.fromEntries(
    metrics.map((reading) => [reading.definition.name, metricJson(reading, now)]),
  ),
});

export const memberJson = (member: MemberReading, view: ClusterView, now: Now): MemberAnswer => ({
  id: member.id,
  incarnation: member.incarnation,
  since: wallTime(member.statusSince, now),
  ...commonJson(member, view, now),
});
