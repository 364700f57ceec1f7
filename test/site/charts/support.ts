// What the tests of charts share: a document like the one of the build, and hand-made rows.

import { parseHTML } from 'linkedom';
import type {
  ExperimentData,
  Figure,
  FigureRow,
  View,
} from '../../../analysis-site/src/charts/figure.ts';
import { FIGURES } from '../../../analysis-site/src/charts/index.ts';
import { render } from '../../../analysis-site/src/charts/render.ts';
import { emptyRows } from '../../../analysis-site/src/data/experiments.ts';
import type {
  MeasureName,
  MeasureRow,
  RunRow,
  RunRows,
} from '../../../node/storage/results/rows.ts';
import { madeExperiment, madeRun } from '../fixtures.ts';

const newDocument = (): Document => parseHTML('<!doctype html><html><body></body></html>').document;

export function draw<Row extends FigureRow>(
  figure: Figure<Row>,
  rows: readonly Row[],
  view: View = { width: 640 },
): Element {
  return render(figure, rows, view, newDocument());
}

export function figureOf(id: string): Figure {
  const figure = FIGURES.find((one) => one.id === id);
  if (figure === undefined) throw new Error(`no figure is called ${id}`);
  return figure;
}

/** Runs with ids from 1 on that differ from the made-up one in these columns. */
export const runsWith = (...differences: Partial<RunRow>[]): RunRow[] =>
  differences.map((difference, index) => ({ ...madeRun, id: index + 1, ...difference }));

export const dataOf = (runs: RunRow[], rows: Partial<RunRows>): ExperimentData => ({
  experiment: madeExperiment,
  runs,
  rows: { ...emptyRows(), ...rows },
});

/** One measure of run 1, 2, 3 …, in this order. */
export const measuresOf = (
  name: MeasureName,
  values: readonly (number | null)[],
  label = '',
): MeasureRow[] =>
  values.map((value, index) => ({ runId: index + 1, name, label, value, unit: '', count: 1 }));

/** The sentence that a figure says of these runs and measures. */
export function sentenceOf(id: string, runs: RunRow[], rows: Partial<RunRows>): string {
  const figure = figureOf(id);
  return figure.caption(figure.rows(dataOf(runs, rows)));
}
