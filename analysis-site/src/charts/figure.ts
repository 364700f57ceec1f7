// What a figure is: from an experiment's rows to the rows it shows, a sentence, and Plot options.

import type { PlotOptions } from '@observablehq/plot';
import type { ExperimentRow, RunRow, RunRows } from '../../../node/storage/results/rows.ts';

export type Table = keyof RunRows;

/** One experiment; `rows` are those of its runs. Tables that no figure needs may stay empty. */
export interface ExperimentData {
  readonly experiment: ExperimentRow;
  readonly runs: readonly RunRow[];
  readonly rows: RunRows;
}

export type Cell = string | number | null;
/** Plain, so that the same rows are drawn, downloaded as CSV and read out as a table. */
export type FigureRow = Readonly<Record<string, Cell>>;

export type Scale = 'linear' | 'log';

/** How the reader wants to see it. A width in CSS pixels is all that must be told. */
export interface View {
  readonly width: number;
  /** Of the y axis; absent: as the figure thinks best. */
  readonly scale?: Scale;
  /** Names of series; absent: all. */
  readonly shownSeries?: ReadonlySet<string>;
  readonly xDomain?: readonly [number, number];
  /** The replay shows what happened up to this round; absent: all of it. */
  readonly step?: number;
}

type KeyOf<Row extends FigureRow> = keyof Row & string;

interface ColumnOf<Key extends string> {
  readonly key: Key;
  readonly title: string;
  /** Empty for names and counts. */
  readonly unit: string;
}

export type Column<Row extends FigureRow = FigureRow> = ColumnOf<KeyOf<Row>>;

/** Colour and dash say the same thing twice, for who cannot see the one. */
export interface SeriesStyle {
  readonly name: string;
  /** A CSS colour: a variable of `paletteCss`, with its light value to fall back to. */
  readonly color: string;
  /** `stroke-dasharray`; empty: solid. */
  readonly dash: string;
  /** One of Plot's symbols. */
  readonly symbol: string;
}

export interface FigureOptions<Key extends string = string> {
  /** Column that names the series, where they can be switched on and off. */
  readonly seriesKey?: Key;
  readonly canZoomX?: boolean;
  /** Whether y reads as well on a linear scale as on a logarithmic one; `scale` is the first. */
  readonly canSwitchScale?: boolean;
  readonly scale?: Scale;
}

/**
 * All functions are pure. `rows` is empty when the experiment says nothing about it, and then
 * `emptySentence` says why; `caption` and `plot` take whatever `rows` gave.
 */
export interface Figure<Row extends FigureRow = FigureRow, Key extends string = KeyOf<Row>> {
  /** Name in addresses and file names. */
  readonly id: string;
  readonly title: string;
  /** Tables that `rows` reads, so that no page loads more. */
  readonly needs: readonly Table[];
  readonly columns: readonly ColumnOf<Key>[];
  readonly options: FigureOptions<Key>;
  rows(data: ExperimentData): Row[];
  /** The finding in one sentence, computed: value, interval, number of runs. */
  caption(rows: readonly Row[]): string;
  /** Series with their looks, in the order drawn; empty when there is only one thing to see. */
  legend(rows: readonly Row[]): SeriesStyle[];
  plot(rows: readonly Row[], view: View): PlotOptions;
  emptySentence(data: ExperimentData): string;
  /** Number of steps of a figure that can be played; absent: it stands still. */
  steps?(rows: readonly Row[]): number;
}
