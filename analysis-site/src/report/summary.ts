// What can be said of any experiment in a line: how far it came, and what is not to be trusted.

import type { RunMode, RunRow } from '../../../node/storage/results/rows.ts';
import { counted } from '../charts/drawing/format.ts';
import { headlineSentence } from './headline.ts';
import type { ExperimentReport } from './report.ts';

export interface Summary {
  readonly done: number;
  readonly failed: readonly RunRow[];
  /** Done, but on a machine that was too slow for honest timing. */
  readonly untimely: readonly RunRow[];
  readonly modeText: string;
  /** The first thing that it found, in a sentence. */
  readonly sentence: string;
}

const MODES: Readonly<Record<RunMode, string>> = {
  simulate: 'simulated in virtual time',
  'in-process': 'real nodes in one process',
  emulate: 'real processes over HTTP',
};

export function summaryOf(report: ExperimentReport): Summary {
  const { experiment, runs } = report;
  const done = runs.filter(({ state }) => state === 'done');
  return {
    done: done.length,
    failed: runs.filter(({ state }) => state === 'failed' || state === 'stopped'),
    untimely: done.filter(({ isTimely }) => !isTimely),
    modeText: MODES[experiment.mode],
    sentence: sentenceOf(report, done.length),
  };
}

function sentenceOf({ headline, runs, sections }: ExperimentReport, done: number): string {
  if (done === 0) {
    return runs.length === 0
      ? 'No run was started, so there is nothing to show yet.'
      : `None of ${counted(runs.length, 'run')} was finished, so there are no figures.`;
  }
  if (headline !== undefined) return headlineSentence(headline);
  const drawn = sections.flatMap(({ figures }) => figures).find(({ svg }) => svg !== '');
  return drawn?.sentence ?? `${counted(done, 'run')} finished, and no figure has data.`;
}
