// What can be compared: points with all their repetitions, or single runs.

import type { RunRow } from '../../../node/storage/results/rows.ts';
import { CONDITIONS, type Condition, variedConditions } from '../report/conditions.ts';
import { type Point, pointsOf } from '../report/points.ts';
import type { Grain } from './choice.ts';
import type { PackedComparison } from './data.ts';

export interface Item {
  /** Experiment and number of its first run: `3.12`. The same in every build from one database. */
  readonly name: string;
  readonly experimentId: number;
  readonly experiment: string;
  readonly point: Point;
  /** What sets it apart within its experiment. */
  readonly label: string;
}

const nameOf = ({ experimentId, number }: RunRow): string => `${experimentId}.${number}`;

/** In the order of experiments, then of the plan. */
export function itemsOf({ experiments, runs }: PackedComparison, grain: Grain): Item[] {
  return experiments.flatMap(({ id, title }) => {
    const own = runs.filter(({ experimentId }) => experimentId === id);
    const points =
      grain === 'points' ? pointsOf(own) : own.map((run) => ({ conditions: run, runs: [run] }));
    const varied = variedConditions(own);
    const told = varied.length === 0 ? CONDITIONS.slice(0, 2) : varied;
    return points.flatMap((point): Item[] => {
      const [first] = point.runs;
      if (first === undefined) return [];
      const label = labelOf(point, told) + (grain === 'runs' ? `, run ${first.repeat}` : '');
      return [{ name: nameOf(first), experimentId: id, experiment: title, point, label }];
    });
  });
}

const labelOf = ({ conditions }: Point, told: readonly Condition[]): string =>
  told
    .map(({ key, title, text }) =>
      key === 'strategy' ? text(conditions) : `${title} ${text(conditions)}`,
    )
    .join(', ');

/** The item that holds the same run, when points become runs or the other way round. */
export const sameRun = (from: Item, items: readonly Item[]): Item | undefined =>
  items.find(({ point }) => point.runs.some(({ id }) => id === from.point.runs[0]?.id));
