// The comparison itself: chosen items as columns, conditions and measures as rows. Pure.

import { factor } from '../charts/drawing/format.ts';
import { sharedConditions, variedConditions } from '../report/conditions.ts';
import type { Estimate } from '../report/estimate.ts';
import { countText, estimateText } from '../report/format.ts';
import type { EstimateOf, MeasureColumn } from '../report/points.ts';
import type { Item } from './items.ts';

export interface SheetCell {
  readonly text: string;
  readonly count: string;
  /** As a multiple of the baseline; empty for the baseline itself and where one is missing. */
  readonly factor: string;
  /** Mean and ends of the interval on a scale from 0 to 1; undefined: nothing to draw. */
  readonly strip: { readonly at: number; readonly from: number; readonly to: number } | undefined;
}

export interface SheetRow {
  readonly column: MeasureColumn;
  readonly cells: readonly SheetCell[];
}

export interface Sheet {
  readonly differing: readonly { readonly title: string; readonly texts: readonly string[] }[];
  /** `20 nodes` … as one line. */
  readonly shared: readonly string[];
  readonly rows: readonly SheetRow[];
}

export function sheetOf(
  items: readonly Item[],
  baseline: number,
  columns: readonly MeasureColumn[],
  estimateOf: EstimateOf,
): Sheet {
  const conditions = items.map(({ point }) => point.conditions);
  const [first] = conditions;
  return {
    differing: variedConditions(conditions).map(({ title, text }) => ({
      title,
      texts: conditions.map(text),
    })),
    shared:
      first === undefined
        ? []
        : sharedConditions(conditions).map(({ title, text }) => `${title} ${text(first)}`),
    rows: columns.flatMap((column) => {
      const estimates = items.map(({ point }) => estimateOf(point, column));
      const isAnywhere = estimates.some(({ n, missing }) => n + missing > 0);
      return isAnywhere ? [{ column, cells: cellsOf(estimates, baseline) }] : [];
    }),
  };
}

function cellsOf(estimates: readonly Estimate[], baseline: number): SheetCell[] {
  const reach = Math.max(...estimates.map(({ mean, half }) => Math.abs(mean ?? 0) + (half ?? 0)));
  const base = estimates[baseline]?.mean ?? null;
  return estimates.map((estimate, i) => ({
    text: estimateText(estimate),
    count: countText(estimate),
    factor: i === baseline ? '' : factorOf(estimate.mean, base),
    strip: stripOf(estimate, reach),
  }));
}

const factorOf = (mean: number | null, base: number | null): string =>
  mean === null || base === null || base === 0 ? '' : factor(mean / base);

function stripOf({ mean, half }: Estimate, reach: number): SheetCell['strip'] {
  if (mean === null || mean < 0 || !(reach > 0)) return undefined;
  const place = (value: number): number => Math.min(Math.max(value / reach, 0), 1);
  return { at: place(mean), from: place(mean - (half ?? 0)), to: place(mean + (half ?? 0)) };
}
