// The one table: rows in, text for a terminal or Markdown out. Nothing here measures.

import type { Outcome, Row } from './benchmark.ts';
import { median } from './support/statistics.ts';

const HEADINGS = ['what', 'measured', 'aim', '', 'rival', 'ratio'] as const;

/** A row as its cells, in the order of the headings. */
type Cells = readonly [string, string, string, string, string, string];

export function textTable(outcomes: readonly Outcome[], caption: string): string {
  const { lines, notes } = layOut(outcomes);
  const all = [HEADINGS, ...lines];
  const widths = HEADINGS.map((_, column) =>
    Math.max(...all.map((line) => line[column]?.length ?? 0)),
  );
  const draw = (line: readonly string[]): string =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [caption, '', draw(HEADINGS), rule, ...lines.map(draw), '', ...notes, ''].join('\n');
}

export function markdownTable(outcomes: readonly Outcome[], caption: string): string {
  const { lines, notes } = layOut(outcomes);
  const draw = (line: readonly string[]): string =>
    `| ${line.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = `|${HEADINGS.map(() => '---').join('|')}|`;
  // A blank line between notes keeps each a paragraph of its own.
  return [caption, '', draw(HEADINGS), rule, ...lines.map(draw), '', notes.join('\n\n'), ''].join(
    '\n',
  );
}

/** Notes are numbered and said once each, however many rows refer to them. */
function layOut(outcomes: readonly Outcome[]) {
  const notes: string[] = [];
  const refer = (note: string | undefined): string => {
    if (note === undefined) return '';
    if (!notes.includes(note)) notes.push(note);
    return ` [${notes.indexOf(note) + 1}]`;
  };
  const lines = outcomes.flatMap((outcome): Cells[] =>
    'rows' in outcome
      ? outcome.rows.map((row) => cellsOf(row, refer))
      : [[outcome.name, 'could not be measured', '', 'failed', '', refer(outcome.problem).trim()]],
  );
  return { lines, notes: notes.map((note, i) => `[${i + 1}] ${note}`) };
}

function cellsOf(row: Row, refer: (note: string | undefined) => string): Cells {
  const { aim, rival, unit } = row;
  const ours = median(row.values);
  const told = rival && `${rival.name}, ${rival.source}: ${rival.conditions}`;
  return [
    `${row.what}${refer(row.note)}`,
    `${measured(row.values)} ${unit}`,
    aim === undefined ? '' : `≤ ${round(aim)}`,
    verdict(ours, aim),
    rival ? `${rival.name} ${round(rival.value)}${refer(told)}` : '',
    rival ? ratio(rival.value / ours) : '',
  ];
}

function measured(values: readonly number[]): string {
  const middle = round(median(values));
  if (values.length < 2) return middle;
  return `${middle} (${round(Math.min(...values))}–${round(Math.max(...values))})`;
}

/** By the median of the runs, the same number that the table shows. */
export function verdict(ours: number, aim: number | undefined): 'meets' | 'misses' | '' {
  if (aim === undefined) return '';
  return ours <= aim ? 'meets' : 'misses';
}

/** How many times less we need: below 1 the rival needs less. */
const ratio = (times: number): string => `${round(times)} ×`;

/** Three significant digits, but whole numbers stay whole. */
export function round(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}
