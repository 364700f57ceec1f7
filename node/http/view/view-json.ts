// The view as JSON: monotonic times become ages and wall times, values lose their binary noise.

import { formatDelta } from '../../config/delta.ts';
import type { ClusterView, MemberReading, MetricReading } from '../../core/model.ts';
import type { Clock } from '../../ports.ts';
import { isoTime, roundTo } from '../answers/number.ts';
import type {
  Heading,
  LeaveAnswer,
  MemberAnswer,
  MetricAnswer,
  MetricRow,
  NodeAnswer,
} from '../answers/shapes.ts';

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
export const ageMsOf = (at: number, now: Now): number =>
  Math.max(0, Math.round(now.monotonicMs - at));

/** When something happened on this machine's wall clock, as far as its age tells. */
export const wallTime = (at: number, now: Now): string =>
  isoTime(now.wallMs - (now.monotonicMs - at));

export const headingOf = (view: ClusterView, now: Now): Heading => ({
  answeredBy: view.selfId,
  cluster: view.cluster,
  at: isoTime(now.wallMs),
});

/** Whether its owner, which answers here, should have sampled it since and did not. */
export const isStale = (
  { staleAt = Number.POSITIVE_INFINITY }: { readonly staleAt?: number | undefined },
  monotonicMs: number,
): boolean => staleAt < monotonicMs;

export function metricJson(reading: MetricReading, now: Now): MetricAnswer {
  const { definition, sampledAt, toldAt, previousGeneration } = reading;
  const answer: MetricAnswer = {
    value: roundTo(reading.value, definition.resolution),
    unit: definition.unit,
    description: definition.description,
    priority: definition.priority,
    delta: formatDelta(definition.delta),
    version: reading.version,
    since: wallTime(toldAt, now),
    sampledAt: wallTime(sampledAt, now),
    ageMs: ageMsOf(sampledAt, now),
  };
  if (isStale(reading, now.monotonicMs)) answer.stale = true;
  if (previousGeneration !== undefined) answer.previousGeneration = previousGeneration;
  return answer;
}

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
  statusSince: wallTime(member.statusSince, now),
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
  node: member.id,
  incarnation: member.incarnation,
  ...commonJson(member, view, now),
});
