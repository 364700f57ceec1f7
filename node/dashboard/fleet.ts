// What the page says of the fleet: order, summary and levels; no markup.

import { PRIMARY_METRICS } from '../config/metrics.ts';
import type { MemberHead, MemberReading, MetricReading, Status } from '../core/model.ts';
import { STATUSES } from '../core/model.ts';
import { formatCount, inNaturalOrder } from './format.ts';

/** Problems first; who left did so on purpose and goes last. */
const RANK: Readonly<Record<Status, number>> = { dead: 0, suspect: 1, alive: 2, left: 3 };

/** To sort more as people do takes too long; they keep the plain order of their ids. */
const MAX_SORTED = 2_000;

/** Problems first, then n2 before n10. */
export const inOrder = (heads: readonly MemberHead[]): MemberHead[] => {
  const byName = heads.length > MAX_SORTED ? () => 0 : inNaturalOrder;
  return heads.toSorted((a, b) => RANK[a.status] - RANK[b.status] || byName(a.id, b.id));
};

export type Counts = Readonly<Record<Status, number>>;

export const countsOf = (members: readonly MemberHead[]): Counts => {
  const counts = { alive: 0, suspect: 0, dead: 0, left: 0 };
  for (const { status } of members) counts[status]++;
  return counts;
};

/** `20 nodes: 19 alive, 1 dead`. */
export const summaryOf = (counts: Counts): string => {
  const total = STATUSES.reduce((sum, status) => sum + counts[status], 0);
  const parts = STATUSES.filter((status) => counts[status] > 0).map((s) => `${counts[s]} ${s}`);
  return [formatCount(total, 'node'), parts.join(', ')].filter((x) => x !== '').join(': ');
};

const WARM_PERCENT = 60;
const HOT_PERCENT = 80;

/** `ok` below 60 %, `hot` from 80 % on; other units have no level. */
export const levelOf = ({ definition, value }: MetricReading): 'ok' | 'warm' | 'hot' | 'flat' => {
  if (definition.unit !== '%') return 'flat';
  if (value >= HOT_PERCENT) return 'hot';
  return value >= WARM_PERCENT ? 'warm' : 'ok';
};

/** How far the bar reaches, in whole steps of 2 %; anything not in % is told beside the largest. */
export const reachOf = ({ definition, value }: MetricReading, largest: number): number => {
  const share = definition.unit === '%' ? value / 100 : value / Math.max(largest, 1e-9);
  const reach = Math.max(0, Math.min(100, Math.round(share * 50) * 2));
  return value > 0 ? Math.max(2, reach) : reach;
};

/** Keeps the largest value of each metric that has a column; returns how many were looked at. */
export const noteLargest = (
  largest: Map<string, number>,
  member: Pick<MemberReading, 'metrics'> | undefined,
): number => {
  const metrics = member?.metrics ?? [];
  for (const { definition, value } of metrics) {
    const { name } = definition;
    if (COLUMNS.has(name)) largest.set(name, Math.max(value, largest.get(name) ?? 0));
  }
  return metrics.length;
};

const COLUMNS = new Set<string>(PRIMARY_METRICS);
