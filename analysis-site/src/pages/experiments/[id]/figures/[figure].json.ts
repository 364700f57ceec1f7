// A figure's rows, for the script that draws it anew.

import type { APIRoute } from 'astro';
import { type FigureFile, figureFiles } from '../../../../report/figure-files.ts';

export const getStaticPaths = figureFiles;

export const GET: APIRoute<FigureFile['props']> = ({ props }) => Response.json(props.figure.rows);
