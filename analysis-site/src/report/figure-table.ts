// How a figure's rows are shown as a table in the page.

import { number } from '../charts/drawing/format.ts';
import type { Cell } from '../charts/figure.ts';

/** Rows in the page; more would make it heavy for everybody, and the CSV has all of them. */
export const TABLE_ROWS = 100;

export function cellText(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return '–';
  if (typeof cell === 'string') return cell;
  return Number.isFinite(cell) ? number(cell) : '–';
}
