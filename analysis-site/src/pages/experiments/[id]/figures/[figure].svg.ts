// A figure's picture as it was drawn at build, a file of its own.

import type { APIRoute } from 'astro';
import { type FigureFile, figureFiles } from '../../../../report/figure-files.ts';
import { standaloneSvg } from '../../../../report/picture.ts';

export const getStaticPaths = figureFiles;

export const GET: APIRoute<FigureFile['props']> = ({ props: { figure } }) =>
  new Response(standaloneSvg(figure.svg));
