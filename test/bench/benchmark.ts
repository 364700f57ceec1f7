// What a benchmark is: it runs under a context and returns rows for the one table.

import type { Rival } from './rivals.ts';

export interface Row {
  /** With the conditions that matter, such as `20 processes, fixed rounds: …`. */
  readonly what: string;
  /** One for each run, window, process or change; `note` says which. */
  readonly values: readonly number[];
  readonly unit: string;
  /** The largest value that is still good, in `unit`; absent: the row only informs. */
  readonly aim?: number;
  readonly rival?: Rival;
  /** How it was measured; shown below the table. */
  readonly note?: string;
}

/** What the process that runs a benchmark was told. */
export interface Context {
  /** Short windows and few runs, to see that all works; the figures are worth little. */
  readonly isQuick: boolean;
  /** This process has a network namespace of its own: loopback carries nothing else. */
  readonly isIsolated: boolean;
  /** Node i listens i above it. */
  readonly basePort: number;
  /** A folder that is removed afterwards. */
  readonly folder: string;
}

export interface Benchmark {
  readonly name: string;
  readonly title: string;
  run(context: Context): Promise<Row[]>;
}

/** What came of one benchmark; `problem` is one sentence. */
export type Outcome =
  | { readonly name: string; readonly seconds: number; readonly rows: readonly Row[] }
  | { readonly name: string; readonly seconds: number; readonly problem: string };
