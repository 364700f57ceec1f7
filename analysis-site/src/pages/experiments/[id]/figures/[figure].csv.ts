// A figure's rows as CSV, a plain file that needs no script to be had.

import type { APIRoute } from 'astro';
import { csvOf } from '../../../../report/csv.ts';
import { type FigureFile, figureFiles } from '../../../../report/figure-files.ts';

export const getStaticPaths = figureFiles;

export const GET: APIRoute<FigureFile['props']> = ({ props: { figure } }) =>
  new Response(csvOf(figure.columns, figure.rows));
