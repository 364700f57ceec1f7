// A figure's rows as CSV (RFC 4180), for files made at build and for downloads.

import type { Column, FigureRow } from '../charts/figure.ts';

/** The unit stands in the heading: `lag (ms)`. */
export const headingOf = ({ title, unit }: Pick<Column<FigureRow>, 'title' | 'unit'>): string =>
  unit === '' ? title : `${title} (${unit})`;

export function csvOf(columns: readonly Column<FigureRow>[], rows: readonly FigureRow[]): string {
  const lines = [
    columns.map((column) => quoted(headingOf(column))),
    ...rows.map((row) => columns.map(({ key }) => cellText(row[key]))),
  ];
  return lines.map((cells) => `${cells.join(',')}\r\n`).join('');
}

function cellText(cell: FigureRow[string] | undefined): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : '';
  return quoted(cell);
}

/** A spreadsheet takes a text that begins so for a formula; a quote before it keeps it text. */
const FORMULA = /^[=+\-@\t\r]/;

function quoted(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
