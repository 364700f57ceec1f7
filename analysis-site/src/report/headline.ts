// The headline of an experiment: by what factor each strategy saves bytes, and at what error.

import { counted, factor as factorText, listed } from '../charts/drawing/format.ts';
import { pointKey } from './conditions.ts';
import type { Estimate } from './estimate.ts';
import { numberText } from './format.ts';
import type { EstimateOf, MeasureColumn, Point } from './points.ts';

/** Sends everything every time: what the others are measured against where it was run. */
const BASELINES = ['full-json', 'full'];

export interface Saving {
  readonly strategy: string;
  readonly baseline: string;
  /** Bytes of the baseline over bytes of the strategy, of the median pair of points. */
  readonly factor: number;
  readonly leastFactor: number;
  readonly mostFactor: number;
  /** Pairs of points that differ in the strategy alone, and the runs behind them. */
  readonly pairs: number;
  readonly runs: number;
  /** Mean |view − truth| in deltas over all metrics; null where nobody looked. */
  readonly error: number | null;
  /** Mean bytes a node sent in a second. */
  readonly bytes: number;
}

export interface Headline {
  readonly baseline: string;
  readonly savings: readonly Saving[];
}

interface Measured {
  readonly point: Point;
  readonly bytes: number;
  readonly error: number | null;
}

const BYTES: MeasureColumn = { name: 'wire_bytes', label: '', unit: 'B/s' };

const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
};

/** Undefined when no two points differ in nothing but their strategy. */
export function headlineOf(
  points: readonly Point[],
  columns: readonly MeasureColumn[],
  estimateOf: EstimateOf,
): Headline | undefined {
  const errors = columns.filter(({ name }) => name === 'error_deltas');
  const measured = points.flatMap((point): Measured[] => {
    const bytes = estimateOf(point, BYTES).mean;
    if (bytes === null || bytes <= 0) return [];
    const found = errors.flatMap((column) => meanOf(estimateOf(point, column)));
    return [{ point, bytes, error: mean(found) }];
  });
  const strategies = new Set(measured.map(({ point }) => point.conditions.strategy));
  const baseline = BASELINES.find((name) => strategies.has(name)) ?? costliest(measured);
  if (baseline === undefined || strategies.size < 2) return undefined;
  const savings = [...strategies]
    .flatMap((strategy) => savingOf(strategy, baseline, measured))
    .sort((a, b) => a.factor - b.factor);
  return savings.length < 2 ? undefined : { baseline, savings };
}

const meanOf = ({ mean }: Estimate): number[] => (mean === null ? [] : [mean]);

const costliest = (measured: readonly Measured[]): string | undefined =>
  measured.toSorted((a, b) => b.bytes - a.bytes)[0]?.point.conditions.strategy;

function savingOf(strategy: string, baseline: string, measured: readonly Measured[]): Saving[] {
  const others = new Map(
    measured
      .filter(({ point }) => point.conditions.strategy === baseline)
      .map((one) => [pointKey(one.point.conditions, 'strategy'), one]),
  );
  const pairs = measured
    .filter(({ point }) => point.conditions.strategy === strategy)
    .flatMap((own) => {
      const other = others.get(pointKey(own.point.conditions, 'strategy'));
      return other === undefined ? [] : [{ own, factor: other.bytes / own.bytes }];
    });
  if (pairs.length === 0) return [];
  const factors = pairs.map(({ factor }) => factor);
  return [
    {
      strategy,
      baseline,
      factor: median(factors),
      leastFactor: Math.min(...factors),
      mostFactor: Math.max(...factors),
      pairs: pairs.length,
      runs: pairs.reduce((sum, { own }) => sum + own.point.runs.length, 0),
      error: mean(pairs.flatMap(({ own }) => (own.error === null ? [] : [own.error]))),
      bytes: mean(pairs.map(({ own }) => own.bytes)) ?? 0,
    },
  ];
}

/** One sentence: what saves most, against what, over how much evidence. */
export function headlineSentence({ baseline, savings }: Headline): string {
  const best = savings.at(-1);
  if (best === undefined || best.strategy === baseline) {
    const others = savings.map(({ strategy }) => strategy).filter((name) => name !== baseline);
    return `No strategy sent fewer bytes than ${baseline}; ${listed(others)} sent more.`;
  }
  const range =
    best.pairs === 1
      ? ''
      : ` (${numberText(best.leastFactor)} to ${factorText(best.mostFactor)} over ` +
        `${counted(best.pairs, 'point')})`;
  const error = best.error === null ? '' : `, at a mean error of ${numberText(best.error)} deltas`;
  return (
    `${best.strategy} sent ${factorText(best.factor)} fewer bytes than ${baseline}${range}` +
    `${error}; n = ${counted(best.runs, 'run')}.`
  );
}
