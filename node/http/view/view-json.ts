// The view as JSON: monotonic times become ages and wall times, values lose their binary noise.

import type {
  ClusterView,
  MemberReading,
  MetricDefinition,
  MetricReading,
} from '../../core/model.ts';
import type { Clock } from '../../ports.ts';
import { differenceOf } from '../answers/family.ts';
import { isoTime, roundTo } from '../answers/number.ts';
import type {
  Heading,
  HeldMetricAnswer,
  LeaveAnswer,
  MemberAnswer,
  MetricAnswer,
  MetricRow,
  NodeAnswer,
} from '../answers/shapes.ts';
import { type Families, familyJson, labelsJson } from './families.ts';

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

/** What passes with time alone. */
const agesJson = (reading: MetricReading, now: Now): Pick<MetricAnswer, 'ageMs' | 'stale'> => ({
  ageMs: ageMsOf(reading.sampledAt, now),
  ...(isStale(reading, now.monotonicMs) && { stale: true as const }),
});

/** Of the run before, while the present one has not told it. */
const previousJson = ({ previousGeneration }: MetricReading) =>
  previousGeneration === undefined ? {} : { previousGeneration };

export function metricJson(reading: MetricReading, now: Now): MetricAnswer {
  const { definition, value, version, sampledAt, toldAt } = reading;
  return {
    value: roundTo(value, definition.resolution),
    ...labelsJson(definition),
    ...familyJson(definition),
    version,
    since: wallTime(toldAt, now),
    sampledAt: wallTime(sampledAt, now),
    ...agesJson(reading, now),
    ...previousJson(reading),
  };
}

/**
 * Of a metric in `/state` what stays as it is until it is told or sampled anew; `shared` is the
 * family that the answer tells.
 */
export function lastingJson(
  reading: MetricReading,
  shared: MetricDefinition,
  now: Now,
): Omit<HeldMetricAnswer, 'ageMs' | 'stale'> {
  const { definition, value, version, sampledAt, toldAt } = reading;
  const isOther = definition !== shared;
  return {
    value: roundTo(value, definition.resolution),
    ...labelsJson(definition),
    ...(isOther && differenceOf(familyJson(definition), familyJson(shared))),
    version,
    since: wallTime(toldAt, now),
    ...(sampledAt !== toldAt && { sampledAt: wallTime(sampledAt, now) }),
    ...previousJson(reading),
  };
}

/** The metrics of one node as `/state` has them. */
export const heldMetricsJson = (
  metrics: readonly MetricReading[],
  families: Families,
  now: Now,
): NodeAnswer['metrics'] =>
  // Not by assignment: peers choose the names, and `__proto__` is one they could choose.
  Object.fromEntries(
    metrics.map((reading) => [
      reading.definition.name,
      { ...lastingJson(reading, families.of(reading.definition), now), ...agesJson(reading, now) },
    ]),
  );

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

export const memberJson = (member: MemberReading, view: ClusterView, now: Now): MemberAnswer => ({
  node: member.id,
  incarnation: member.incarnation,
  ...commonJson(member, view, now),
});
