// What one node holds of another: read from a view, told as rows, and read back from the rows that
// a peer told, which may be broken or lies.

import * as v from 'valibot';
import { readDelta } from '../../config/delta.ts';
import type { MemberReading, MetricReading } from '../../core/model.ts';
import { STATUSES } from '../../core/model.ts';
import { LIMITS } from '../../core/wire/messages.ts';
import { isPlain } from '../../core/wire/printable.ts';
import { roundTo } from '../answers/number.ts';
import type { QueryRow } from '../answers/shapes.ts';
import { familyJson, labelsJson } from '../view/families.ts';
import { isOf } from '../view/filter.ts';
import { ageMsOf, isStale, type Now, wallTime } from '../view/view-json.ts';
import type { HeldMetric, Holding } from './quorum.ts';

export type Wanted = (metric: string) => boolean;

/** All that a question may call these metrics. */
export const namesOf = (metrics: readonly Pick<MetricReading, 'definition'>[]): string[] =>
  metrics.flatMap(({ definition: { name, family } }) =>
    family === undefined ? [name] : [name, family],
  );

/** `shiftMs` takes the view's clock to the asker's; 0 when both are one. */
export function holdingOf(
  member: MemberReading | undefined,
  wanted: Wanted = () => true,
  shiftMs = 0,
): Holding | undefined {
  const metrics = (member?.metrics ?? [])
    // Versions of a previous run do not compare with the present one's.
    .filter(({ previousGeneration }) => previousGeneration === undefined)
    .filter(({ definition }) => isOf(definition, wanted))
    .map(({ definition, value, version, sampledAt, toldAt, staleAt }) => ({
      metric: definition.name,
      value: roundTo(value, definition.resolution),
      ...labelsJson(definition),
      ...familyJson(definition),
      version,
      sampledAt: sampledAt + shiftMs,
      toldAt: toldAt + shiftMs,
      ...(staleAt !== undefined && { staleAt: staleAt + shiftMs }),
    }));
  if (member === undefined || metrics.length === 0) return undefined;
  const { generation, incarnation, status } = member;
  return { generation, incarnation, status, metrics };
}

/** The rows of `GET /query` for what is held of one node. */
export function rowsOf(node: string, holding: Holding, now: Now): QueryRow[] {
  const { status, generation, incarnation } = holding;
  return holding.metrics.map((held) => {
    const { sampledAt, toldAt, staleAt, ...metric } = held;
    return {
      ...{ node, status, ...metric },
      since: wallTime(toldAt, now),
      sampledAt: wallTime(sampledAt, now),
      ageMs: ageMsOf(sampledAt, now),
      ...(isStale(held, now.monotonicMs) && { stale: true as const }),
      ...{ generation, incarnation },
    };
  });
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const text = (most: number) => v.pipe(v.string(), v.maxLength(most), v.check(isPlain));

const age = v.pipe(v.number(), v.finite(), v.minValue(0));
/** To ms of the peer's wall clock. */
const instant = v.pipe(v.string(), v.transform(Date.parse), v.number(), v.finite());
/** With its labels, each of which may be written with twice its characters. */
const MAX_METRIC_NAME_LENGTH =
  LIMITS.nameLength + LIMITS.metricLabels * (LIMITS.labelLength + 2 * LIMITS.labelValueBytes + 4);
/** `15.3333333333% min 1234567.8` is no longer. */
const MAX_DELTA_LENGTH = 64;

/** Before each is looked at. */
const isFewLabels = (labels: unknown): boolean =>
  typeof labels === 'object' &&
  labels !== null &&
  Object.keys(labels).length <= LIMITS.metricLabels;

const Row = v.object({
  node: v.string(),
  status: v.picklist(STATUSES),
  metric: text(MAX_METRIC_NAME_LENGTH),
  family: v.optional(text(LIMITS.nameLength)),
  labels: v.optional(
    v.pipe(
      v.custom<object>(isFewLabels),
      v.record(text(LIMITS.labelLength), text(LIMITS.labelValueBytes)),
    ),
  ),
  value: v.pipe(v.number(), v.finite()),
  unit: text(LIMITS.unitLength),
  kind: v.optional(v.picklist(['gauge', 'counter']), 'gauge'),
  description: text(LIMITS.descriptionLength),
  priority: v.pipe(count, v.minValue(1), v.maxValue(255)),
  delta: v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.maxLength(MAX_DELTA_LENGTH))]),
    v.check((written) => readDelta(written) !== undefined),
  ),
  version: v.pipe(count, v.minValue(1)),
  since: instant,
  sampledAt: instant,
  ageMs: age,
  stale: v.optional(v.literal(true)),
  generation: count,
  incarnation: count,
  previousGeneration: v.optional(count),
});

const Answer = v.object({ answeredBy: v.string(), cluster: v.string(), rows: v.array(Row) });

/** Of an answer that nobody has checked yet. */
export const rowCount = (body: unknown): number =>
  typeof body === 'object' && body !== null && 'rows' in body && Array.isArray(body.rows)
    ? body.rows.length
    : 0;

export interface Question {
  readonly node: string;
  readonly cluster: string;
  /** Which of these names are asked for. */
  among(names: readonly string[]): Promise<Wanted>;
}

/**
 * What `peer` holds, by its answer to a request of `sentAt`. Its ages count from some moment after
 * that; counted from the request on they are the most they may be.
 */
export async function readHolding(
  body: unknown,
  peer: string,
  { node, cluster, among }: Question,
  sentAt: number,
): Promise<Holding | 'nothing' | 'bad_answer'> {
  // Before a row is looked at: each fault of an answer that somebody made up takes a kilobyte to
  // tell, and 256 KiB have room for 80,000.
  if (rowCount(body) > LIMITS.slots) return 'bad_answer';
  const { success, output } = v.safeParse(Answer, body, { abortEarly: true });
  // Another node may have taken the address since.
  if (!success || output.answeredBy !== peer || output.cluster !== cluster) return 'bad_answer';
  // Versions of the run before do not compare with those of the present one.
  const rows = output.rows.filter(({ previousGeneration }) => previousGeneration === undefined);
  const [first] = rows;
  if (first === undefined) return 'nothing';
  const { generation, incarnation, status } = first;
  const wanted = await among(rows.flatMap(({ metric, family = metric }) => [metric, family]));
  const isOfOne = rows.every(
    (row) =>
      row.node === node &&
      row.generation === generation &&
      row.incarnation === incarnation &&
      row.status === status &&
      isOf({ name: row.metric, family: row.family }, wanted),
  );
  if (!isOfOne || new Set(rows.map(({ metric }) => metric)).size < rows.length) return 'bad_answer';
  const metrics = rows.map((row): HeldMetric => {
    const { metric, value, unit, kind, description, priority, delta, version } = row;
    const { family, labels } = row;
    const sampledAt = sentAt - row.ageMs;
    return {
      ...{ metric, value, unit, kind, description, priority, delta, version, sampledAt },
      ...(family !== undefined && { family, labels: labels ?? {} }),
      // Both are of the peer's clock, so that it does not matter how far that one is off.
      toldAt: Math.min(sampledAt, sampledAt - (row.sampledAt - row.since)),
      ...(row.stale && { staleAt: sampledAt }),
    };
  });
  return { generation, incarnation, status, metrics };
}
