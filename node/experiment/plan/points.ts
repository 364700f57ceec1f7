// The grid of a plan as runs in a fixed order, with the seed and the settings of each; and the hash
// that names a plan.

import { createHash } from 'node:crypto';
import { toProtocolSettings } from '../../config/protocol.ts';
import { DEFAULT_SETTINGS, type ProtocolSettings } from '../../core/settings.ts';
import { labelOf, MEMBER_ROOM_BYTES, type Plan, type Point, type RunSpec } from './plan.ts';

/** A stretched round is a round all the same. */
const MAX_ROUND_MS = 3_600_000;

/** How many nodes a failure kills: as near to the share as whole nodes are, one at least. */
export const killedOf = (nodes: number, rate: number): number =>
  rate === 0 ? 0 : Math.max(1, Math.round(nodes * rate));

/** How many nodes a partition cuts off; the others stay on their side. */
export const cutOffOf = (nodes: number, share: number): number => Math.round(nodes * share);

/**
 * Every combination of the grid: nodes change slowest, then round, target count, loss, failure
 * rate, workload, metric set, budget, direction and, fastest, strategy: those that are compared run
 * side by side, on a machine in the same state.
 */
export function pointsOf({ grid }: Plan): Point[] {
  let points: Partial<Point>[] = [{}];
  const vary = <Key extends keyof Point>(key: Key, values: readonly Point[Key][]): void => {
    points = points.flatMap((point) => values.map((value) => ({ ...point, [key]: value })));
  };
  vary('nodes', grid.nodes);
  vary('roundMs', grid.roundMs);
  vary('targetCount', grid.targetCount);
  vary('loss', grid.loss);
  vary('failureRate', grid.failureRate);
  vary('workload', grid.workload);
  vary('metricSet', grid.metricSet);
  vary('budgetBytes', grid.budgetBytes);
  vary('exchange', grid.exchange);
  vary('strategy', grid.strategy);
  return points as Point[];
}

export const countRuns = ({ grid, runs }: Plan): number =>
  Object.values(grid).reduce((product, { length }) => product * length, runs);

/** All points once, then all once more: an early stop leaves every point, less often. */
export function runSpecsOf(plan: Plan): RunSpec[] {
  const points = pointsOf(plan).map((point) => ({ point, settings: settingsOf(plan, point) }));
  return Array.from({ length: plan.runs }, (_, i) => i + 1).flatMap((repeat) =>
    points.map(({ point, settings }, index) => ({
      number: (repeat - 1) * points.length + index,
      repeat,
      seed: seedOf(plan, point, repeat),
      ...{ plan, point, settings },
    })),
  );
}

/**
 * A whole number below 2^32 of what decides a run's random events. What is compared (strategy,
 * direction, metric set, budget) stays out of it, so that all meet the same values and failures.
 */
function seedOf(plan: Plan, point: Point, repeat: number): number {
  const { nodes, roundMs, targetCount, loss, failureRate } = point;
  const workload = labelOf(point.workload);
  const parts = [plan.seed, nodes, roundMs, targetCount, workload, loss, failureRate, repeat];
  return createHash('sha256').update(JSON.stringify(parts)).digest().readUInt32BE(0);
}

/** What follows the round (stretch, suspicion, refresh) is worked out as for a single node. */
export function settingsOf(plan: Plan, point: Point): ProtocolSettings {
  const { roundMs, targetCount, budgetBytes, nodes } = point;
  return toProtocolSettings({
    ...plan.protocol,
    max_members: plan.protocol.max_members ?? Math.max(DEFAULT_SETTINGS.maxMembers, nodes),
    max_view:
      plan.protocol.max_view ?? Math.max(DEFAULT_SETTINGS.maxViewBytes, nodes * MEMBER_ROOM_BYTES),
    round: roundMs,
    max_round: Math.min(Math.round(roundMs * plan.maxRoundRounds), MAX_ROUND_MS),
    target_count: targetCount,
    budget: budgetBytes,
  });
}

/** Equal for plans whose runs are equal; texts for people may be corrected meanwhile. */
export function planHash(plan: Plan): string {
  const { title, description, questions, ...rest } = plan;
  return createHash('sha256')
    .update(JSON.stringify(sorted(rest)))
    .digest('hex');
}

/** With the keys of all objects in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const pairs = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(pairs.map(([key, inner]) => [key, sorted(inner)]));
}
