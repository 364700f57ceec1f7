// What runs differ in: the columns of a point with their titles and how people write their values.

import type { PointColumns } from '../../../node/storage/results/rows.ts';

export interface Condition {
  readonly key: keyof PointColumns;
  readonly title: string;
  readonly text: (point: PointColumns) => string;
}

const seconds = (ms: number): string => `${ms / 1_000} s`;
const percent = (share: number): string => `${Math.round(share * 1_000) / 10} %`;

export const CONDITIONS: readonly Condition[] = [
  { key: 'nodes', title: 'nodes', text: ({ nodes }) => String(nodes) },
  { key: 'strategy', title: 'strategy', text: ({ strategy }) => strategy },
  { key: 'exchange', title: 'exchange', text: ({ exchange }) => exchange },
  { key: 'roundMs', title: 'round', text: ({ roundMs }) => seconds(roundMs) },
  { key: 'maxRoundMs', title: 'longest round', text: ({ maxRoundMs }) => seconds(maxRoundMs) },
  { key: 'targetCount', title: 'target count', text: ({ targetCount }) => String(targetCount) },
  { key: 'budgetBytes', title: 'budget', text: ({ budgetBytes }) => `${budgetBytes} B` },
  { key: 'metricSet', title: 'metric set', text: ({ metricSet }) => metricSet },
  { key: 'workload', title: 'workload', text: ({ workload }) => workload },
  { key: 'loss', title: 'loss', text: ({ loss }) => percent(loss) },
  { key: 'failureRate', title: 'failure rate', text: ({ failureRate }) => percent(failureRate) },
  { key: 'minDelayMs', title: 'least delay', text: ({ minDelayMs }) => `${minDelayMs} ms` },
  { key: 'maxDelayMs', title: 'most delay', text: ({ maxDelayMs }) => `${maxDelayMs} ms` },
];

/** Columns in which these points differ. */
export const variedConditions = (points: readonly PointColumns[]): Condition[] =>
  CONDITIONS.filter(({ key }) => new Set(points.map((point) => point[key])).size > 1);

/** The others, which hold for all of them. */
export const sharedConditions = (points: readonly PointColumns[]): Condition[] => {
  const varied = new Set(variedConditions(points));
  return points.length === 0 ? [] : CONDITIONS.filter((condition) => !varied.has(condition));
};

/** Two runs with equal keys are repetitions of one point. */
export const pointKey = (point: PointColumns, without?: keyof PointColumns): string =>
  JSON.stringify(CONDITIONS.filter(({ key }) => key !== without).map(({ key }) => point[key]));
