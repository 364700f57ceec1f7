// What one node holds of another: read from a view, told as rows, and read back from the rows that
// a peer told, which may be broken or lies.

import * as v from 'valibot';
import type { MemberReading } from '../../core/model.ts';
import { STATUSES } from '../../core/model.ts';
import { LIMITS } from '../../core/wire/messages.ts';
import { isPlain } from '../../core/wire/printable.ts';
import { roundTo } from '../answers/number.ts';
import type { QueryRow } from '../answers/shapes.ts';
import { addTimes, ageMsOf, type Now, wallTime } from '../view/view-json.ts';
import type { Holding } from './quorum.ts';

export type Wanted = (metric: string) => boolean;

/** `shiftMs` takes the view's clock to the asker's; 0 when both are one. */
export function holdingOf(
  member: MemberReading | undefined,
  wanted: Wanted = () => true,
  shiftMs = 0,
): Holding | undefined {
  const metrics = (member?.metrics ?? [])
    // Versions of a former run do not compare with the present one's.
    .filter(({ previousGeneration }) => previousGeneration === undefined)
    .filter(({ definition }) => wanted(definition.name))
    .map(({ definition, value, version, sampledAt, toldAt, staleAt }) => ({
      metric: definition.name,
      value: roundTo(value, definition.resolution),
      unit: definition.unit,
      priority: definition.priority,
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
    const { metric, value, unit, priority, version, sampledAt } = held;
    const times = { sampledAt: wallTime(sampledAt, now), ageMs: ageMsOf(sampledAt, now) };
    const row: QueryRow = {
      ...{ node, status, metric, value, unit, priority, version, ...times },
      ...{ generation, incarnation },
    };
    addTimes(row, held, now);
    return row;
  });
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const text = (most: number) => v.pipe(v.string(), v.maxLength(most), v.check(isPlain));

const age = v.pipe(v.number(), v.finite(), v.minValue(0));

const Row = v.object({
  node: v.string(),
  status: v.picklist(STATUSES),
  metric: text(LIMITS.nameLength),
  value: v.pipe(v.number(), v.finite()),
  unit: text(LIMITS.unitLength),
  priority: v.pipe(count, v.minValue(1), v.maxValue(255)),
  version: v.pipe(count, v.minValue(1)),
  ageMs: age,
  toldAgeMs: v.optional(age),
  stale: v.optional(v.literal(true)),
  generation: count,
  incarnation: count,
});

/** More rows than a node can have metrics would only cost the reader time. */
const Answer = v.object({
  self: v.string(),
  cluster: v.string(),
  rows: v.pipe(v.array(Row), v.maxLength(255)),
});

export interface Question {
  readonly node: string;
  readonly cluster: string;
  readonly wanted: Wanted;
}

/**
 * What `peer` holds, by its answer to a request of `sentAt`. Its ages count from some moment after
 * that; counted from the request on they are the most they may be.
 */
export function readHolding(
  body: unknown,
  peer: string,
  { node, cluster, wanted }: Question,
  sentAt: number,
): Holding | 'nothing' | 'bad_answer' {
  const { success, output } = v.safeParse(Answer, body);
  // Another node may have taken the address since.
  if (!success || output.self !== peer || output.cluster !== cluster) return 'bad_answer';
  const { rows } = output;
  const [first] = rows;
  if (first === undefined) return 'nothing';
  const { generation, incarnation, status } = first;
  const isOfOne = rows.every(
    (row) =>
      row.node === node &&
      row.generation === generation &&
      row.incarnation === incarnation &&
      row.status === status &&
      wanted(row.metric),
  );
  if (!isOfOne || new Set(rows.map(({ metric }) => metric)).size < rows.length) return 'bad_answer';
  const metrics = rows.map(({ metric, value, unit, priority, version, ageMs, ...times }) => ({
    ...{ metric, value, unit, priority, version },
    sampledAt: sentAt - ageMs,
    toldAt: sentAt - (times.toldAgeMs ?? ageMs),
    ...(times.stale && { staleAt: sentAt - ageMs }),
  }));
  return { generation, incarnation, status, metrics };
}
