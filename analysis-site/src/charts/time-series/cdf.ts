// Figures of one kind: what share had happened by when, run by run, with the runs' interval.

import { niceStep, quantity } from '../drawing/format.ts';
import { groupBy } from '../statistics/data.ts';
import { spoken } from '../statistics/interval.ts';
import type { AlongRow, Observation } from './along.ts';

/** What one run saw happen: after how long, of how many in all. */
export interface Happened {
  readonly runId: number;
  readonly series: string;
  readonly afterMs: readonly number[];
  readonly total: number;
}

const PLACES = 60;

/** The share in percent at places that all runs have in common. */
export function shares(runs: readonly Happened[]): Observation[] {
  const all = runs.flatMap(({ afterMs }) => afterMs).filter(Number.isFinite);
  if (all.length === 0) return [];
  const last = all.reduce((most, value) => Math.max(most, value), 0) / 1000;
  // A step that is easy to read out, and one place past the end, where lines are flat.
  const step = niceStep(Math.max(last / PLACES, 1e-3));
  const places = Array.from({ length: Math.ceil(last / step) + 2 }, (_, index) =>
    Number((index * step).toPrecision(6)),
  );
  return runs
    .filter(({ total }) => total > 0)
    .flatMap(({ runId, series, afterMs, total }) =>
      places.map((x) => {
        const count = afterMs.filter((value) => value <= x * 1000).length;
        return { runId, series, x, value: (100 * count) / total };
      }),
    );
}

/** When half and nearly all of it had happened, for the fastest and the slowest series. */
export function shareCaption(rows: readonly AlongRow[], what: string): string {
  const lines = [...groupBy(rows, ({ series }) => series)].map(([series, own]) => ({
    series,
    half: own.find(({ mean }) => mean >= 50)?.x,
    most: own.find(({ mean }) => mean >= 95)?.x ?? Number.POSITIVE_INFINITY,
    end: own.at(-1),
  }));
  lines.sort((a, b) => a.most - b.most || (b.end?.mean ?? 0) - (a.end?.mean ?? 0));
  const said = ({ series, half, most, end }: (typeof lines)[number]): string => {
    const halfway = half === undefined ? `never half of ${what}` : `half of ${what} by ${at(half)}`;
    const nearly = Number.isFinite(most) ? `, 95 % by ${at(most)}` : '';
    const last = end === undefined ? '' : `, in the end ${spoken(ended(end), '%')}`;
    return `with ${series} ${halfway}${nearly}${last}`;
  };
  const [first, last] = [lines[0], lines.at(-1)];
  if (first === undefined || last === undefined) return '';
  return first === last ? said(first) : `fastest ${said(first)}; slowest ${said(last)}`;
}

const at = (seconds: number): string => quantity(seconds, 's');
const ended = (row: AlongRow) => ({ ...row, count: row.runs });
