// The table of points: what was varied to the left, every measure with its interval to the right.

import { type Condition, variedConditions } from './conditions.ts';
import { countText, estimateText } from './format.ts';
import type { EstimateOf, MeasureColumn, Point } from './points.ts';

export interface MeasureGroup {
  readonly name: string;
  readonly unit: string;
  readonly labels: readonly string[];
}

export interface PointCell {
  readonly text: string;
  /** Said only where it differs from the number of the point's runs. */
  readonly count: string;
}

export interface PointLine {
  readonly conditions: readonly string[];
  readonly runs: number;
  readonly cells: readonly PointCell[];
}

export interface PointTable {
  readonly conditions: readonly Condition[];
  readonly groups: readonly MeasureGroup[];
  readonly lines: readonly PointLine[];
}

export function pointTable(
  points: readonly Point[],
  columns: readonly MeasureColumn[],
  estimateOf: EstimateOf,
): PointTable {
  const varied = variedConditions(points.map(({ conditions }) => conditions));
  return {
    conditions: varied,
    groups: groupsOf(columns),
    lines: points.map((point) => ({
      conditions: varied.map(({ text }) => text(point.conditions)),
      runs: point.runs.length,
      cells: columns.map((column) => {
        const estimate = estimateOf(point, column);
        const isWhole = estimate.n === point.runs.length && estimate.missing === 0;
        return { text: estimateText(estimate), count: isWhole ? '' : countText(estimate) };
      }),
    })),
  };
}

/** Columns of one measure stand together already. */
function groupsOf(columns: readonly MeasureColumn[]): MeasureGroup[] {
  const groups = Map.groupBy(columns, ({ name }) => name);
  return [...groups].map(([name, members]) => ({
    name,
    unit: members[0]?.unit ?? '',
    labels: members.map(({ label }) => label),
  }));
}
