// How an experiment of the report is done again: the file to save its text as, and what to add.

import type { ExperimentRow } from '../../../node/storage/results/rows.ts';

export interface Repeat {
  readonly file: string;
  /** Flags changed what the file says; its text ends with them, as comments. */
  readonly isChanged: boolean;
}

export const repeatOf = ({ name, source }: Pick<ExperimentRow, 'name' | 'source'>): Repeat => ({
  file: `${name}.${/^\[[^\]]+\]\s*$/m.test(source) ? 'ini' : 'yaml'}`,
  isChanged: source.includes('\n# Changed on the command line:\n'),
});
