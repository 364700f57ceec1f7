// The whole report, computed once a build: every page takes its part from here.

import type { ExperimentRow, MeasureRow, RunRow } from '../../../node/storage/results/rows.ts';
import type { ExperimentData, Table } from '../charts/figure.ts';
import { FIGURES, SECTIONS } from '../charts/index.ts';
import { openDatabase } from '../data/database.ts';
import { readExperiments } from '../data/experiments.ts';
import { type DrawnFigure, drawFigure } from './draw.ts';
import { type Headline, headlineOf } from './headline.ts';
import {
  columnsOf,
  type EstimateOf,
  estimator,
  type MeasureColumn,
  type Point,
  pointsOf,
} from './points.ts';

export interface DrawnSection {
  readonly id: string;
  readonly title: string;
  readonly figures: readonly DrawnFigure[];
}

export interface ExperimentReport {
  readonly experiment: ExperimentRow;
  readonly runs: readonly RunRow[];
  readonly points: readonly Point[];
  readonly columns: readonly MeasureColumn[];
  readonly measures: readonly MeasureRow[];
  readonly estimateOf: EstimateOf;
  readonly headline: Headline | undefined;
  readonly sections: readonly DrawnSection[];
}

let report: Promise<readonly ExperimentReport[]> | undefined;

/** Newest first. Pages are built one after the other, and all from the same reading. */
export function experimentReports(): Promise<readonly ExperimentReport[]> {
  report ??= readReports();
  return report;
}

async function readReports(): Promise<ExperimentReport[]> {
  const reader = await openDatabase(process.env);
  const tables = [...new Set<Table>(['measures', ...FIGURES.flatMap(({ needs }) => needs)])];
  const reports: ExperimentReport[] = [];
  try {
    for await (const data of readExperiments(reader, tables)) reports.push(reportOf(data));
  } finally {
    await reader.close();
  }
  return reports;
}

/** Keeps what pages show and lets the rows go. */
export function reportOf(data: ExperimentData): ExperimentReport {
  const { experiment, runs } = data;
  const { measures } = data.rows;
  const points = pointsOf(runs);
  const columns = columnsOf(measures);
  const estimateOf = estimator(measures);
  return {
    experiment,
    runs,
    points,
    columns,
    measures,
    estimateOf,
    headline: headlineOf(points, columns, estimateOf),
    sections: SECTIONS.map(({ id, title, figures }) => ({
      id,
      title,
      figures: figures.map((figure) => drawFigure(figure, data)),
    })),
  };
}
