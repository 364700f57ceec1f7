// The sentence that compares series: which is lowest and highest where most of them were measured.

import { capital, counted, factor, number, quantity } from '../drawing/format.ts';
import { groupBy, isNumber } from './data.ts';
import { type Interval, spoken } from './interval.ts';

export interface Wording {
  /** `the traffic of a node`. */
  readonly subject: string;
  readonly unit: string;
  /** Shares differ by points, all else by factors. */
  readonly comparison?: 'factor' | 'points';
  /** What did not happen in runs without a value: `not every view became full`. */
  readonly never?: string;
}

export type Compared = {
  readonly series: string;
  readonly x: number;
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Runs with a value, and runs in which what was looked for never happened. */
  readonly runs: number;
  readonly never: number;
};

type Measured = Compared & { readonly mean: number };
const isMeasured = (row: Compared): row is Measured => isNumber(row.mean);

export function agreed(
  rows: readonly Compared[],
  words: Wording & { at: (x: number) => string },
): string {
  const measured = rows.filter(isMeasured);
  const lost = neverSentence(rows, words);
  // Where most series meet; of several such places the one farthest out.
  const [place] = [...groupBy(measured, ({ x }) => x)].sort(
    ([a, those], [b, others]) => others.length - those.length || b - a,
  );
  if (place === undefined) return lost === '' ? '' : `${capital(lost)}.`;
  const [x, here] = place;
  const sorted = [...here].sort((a, b) => a.mean - b.mean);
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (least === undefined || most === undefined) return '';
  const finding =
    least === most ? alone(measured, least, words) : between(least, most, words, words.at(x));
  return `${capital(finding)}${lost === '' ? '' : `; ${lost}`}.`;
}

function between(least: Measured, most: Measured, words: Wording, at: string): string {
  const said = (row: Measured): string => spoken(intervalOf(row), words.unit);
  if (least.mean === most.mean) {
    return `${at} ${words.subject} is the same with every series, ${said(least)}`;
  }
  const [low, high] = [quantity(least.mean, words.unit), quantity(most.mean, words.unit)];
  // What differs in digits that nobody is shown has no lowest and no highest.
  if (low === high) return `${at} ${words.subject} is about the same with every series, ${low}`;
  const start = `${at} ${words.subject} is lowest with ${least.series}, ${said(least)}, and `;
  const end = `highest with ${most.series}, ${said(most)}`;
  return `${start}${end}${difference(least.mean, most.mean, words)}`;
}

/** One series: how it goes from the first setting to the last. */
function alone(rows: readonly Measured[], row: Measured, words: Wording & AtWords): string {
  const line = rows.filter(({ series }) => series === row.series).sort((a, b) => a.x - b.x);
  const [first, last] = [line[0], line.at(-1)];
  const said = (of: Measured): string => `${spoken(intervalOf(of), words.unit)} ${words.at(of.x)}`;
  const start = `with ${row.series}, ${words.subject} is `;
  if (first === undefined || last === undefined || first === last) return `${start}${said(row)}`;
  const rest = difference(first.mean, last.mean, words);
  return `${start}${said(first)} and ${said(last)}${rest}`;
}

interface AtWords {
  at(x: number): string;
}

/** Said only when there is one to say: nothing is a multiple of 0. */
function difference(from: number, to: number, { comparison, unit }: Wording): string {
  if (comparison === 'points') {
    return unit === '%' ? `: ${number(Math.abs(to - from))} points apart` : '';
  }
  return from > 0 && to > 0 ? `: ${factor(to / from)} as much` : '';
}

const intervalOf = ({ mean, low, high, runs }: Measured): Interval => ({
  mean,
  low,
  high,
  count: runs,
});

function neverSentence(rows: readonly Compared[], { never }: Wording): string {
  const lost = rows.reduce((sum, row) => sum + row.never, 0);
  const all = rows.reduce((sum, row) => sum + row.never + row.runs, 0);
  if (lost === 0 || never === undefined) return '';
  return `in ${number(lost)} of ${counted(all, 'run')} ${never}`;
}
