// Draws a figure at build time: the picture, its words and its table, for pages without a script.

import { parseHTML } from 'linkedom';
import type { Column, ExperimentData, Figure, FigureRow, SeriesStyle } from '../charts/figure.ts';
import { render } from '../charts/render.ts';
import { quiet } from './picture.ts';

/** Of the picture in the page as it is built; a script draws again at the width there is. */
const BUILD_WIDTH = 720;

export interface DrawnFigure {
  readonly id: string;
  readonly title: string;
  /** Empty when there is nothing to see; `sentence` then says why. */
  readonly svg: string;
  readonly sentence: string;
  readonly legend: readonly SeriesStyle[];
  readonly columns: readonly Column<FigureRow>[];
  readonly rows: readonly FigureRow[];
}

export function drawFigure(figure: Figure, data: ExperimentData): DrawnFigure {
  const { id, title, columns } = figure;
  const rows = figure.rows(data);
  const isEmpty = rows.length === 0;
  return {
    id,
    title,
    columns,
    rows,
    legend: isEmpty ? [] : figure.legend(rows),
    sentence: isEmpty ? figure.emptySentence(data) : figure.caption(rows),
    svg: isEmpty ? '' : svgOf(figure, rows),
  };
}

function svgOf(figure: Figure, rows: readonly FigureRow[]): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  return quiet(render(figure, rows, { width: BUILD_WIDTH }, document)).outerHTML;
}
