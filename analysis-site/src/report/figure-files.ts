// The files beside a figure: its rows for the script and for spreadsheets, its picture alone.

import type { DrawnFigure } from './draw.ts';
import { experimentReports } from './report.ts';

export interface FigureFile {
  readonly params: { readonly id: string; readonly figure: string };
  readonly props: { readonly figure: DrawnFigure };
}

/** One a drawn figure, as Astro's `getStaticPaths` wants them. */
export async function figureFiles(): Promise<FigureFile[]> {
  const reports = await experimentReports();
  return reports.flatMap(({ experiment, sections }) =>
    sections
      .flatMap(({ figures }) => figures)
      .filter(({ svg }) => svg !== '')
      .map((figure) => ({
        params: { id: String(experiment.id), figure: figure.id },
        props: { figure },
      })),
  );
}
