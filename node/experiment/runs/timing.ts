// Whether a run's times can be trusted: a machine that cannot keep the rounds is said to.

import type { RunRow } from '../../storage/results/rows.ts';
import type { RunSpec } from '../plan/plan.ts';
import type { NodeUse } from './stage.ts';

/** Event loops may be late by this share of a round, at their 99th percentile. */
const LATE_SHARE = 0.1;
/** Of fixed rounds so many have to be kept; jitter takes none away on average. */
const KEPT_SHARE = 0.9;

export function judgeTiming(
  { plan, point, settings }: RunSpec,
  uses: readonly NodeUse[],
  lengthMs: number,
): Pick<RunRow, 'remark' | 'isTimely'> {
  const problems: string[] = [];
  if (plan.mode !== 'simulate') {
    const lateMs = median(uses.map(({ lateP99Ms }) => lateP99Ms));
    if (lateMs > point.roundMs * LATE_SHARE) {
      problems.push(
        `the event loops of half of the nodes were late by ${Math.round(lateMs)} ms or more ` +
          'in one of a hundred turns',
      );
    }
    const expected = lengthMs / point.roundMs;
    const kept = median(uses.map(({ rounds }) => rounds)) / expected;
    if (settings.maxRoundMs === point.roundMs && kept < KEPT_SHARE) {
      problems.push(`only ${Math.round(kept * 100)} % of the rounds were kept`);
    }
  }
  const isTimely = problems.length === 0;
  const remark = isTimely ? '' : `Too slow a machine for honest timing: ${problems.join('; ')}.`;
  return { isTimely, remark };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
