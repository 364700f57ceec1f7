// `npm run results -- list`: a line an experiment.

import { printable, printableJson } from '../../core/wire/printable.ts';
import type { ExperimentRow, RunRow } from '../../storage/results/rows.ts';
import type { ResultsReader } from '../../storage/results/store.ts';
import type { Paint, Style } from '../terminal/paint.ts';
import { tableLines, timeText } from './text.ts';

export const STATE_STYLES: Record<ExperimentRow['state'], Style> = {
  done: 'green',
  running: 'cyan',
  stopped: 'yellow',
  failed: 'red',
};

const countOf = (runs: readonly RunRow[], holds: (run: RunRow) => boolean): number =>
  runs.filter(holds).length;

const runsText = (count: number, what: string): string[] =>
  count === 0 ? [] : [`${count} ${count === 1 ? 'run' : 'runs'} ${what}`];

/** What a reader must know before trusting the numbers; empty when all is well. */
export function remarkOf(experiment: ExperimentRow, runs: readonly RunRow[]): string {
  const { state, endedAtMs } = experiment;
  const interrupted =
    state !== 'stopped'
      ? []
      : [`${endedAtMs === null ? 'its process ended' : 'interrupted'}, --resume goes on`];
  return [
    ...interrupted,
    ...runsText(
      countOf(runs, (run) => run.state === 'failed'),
      'failed',
    ),
    ...runsText(
      countOf(runs, (run) => run.state === 'done' && !run.isTimely),
      'not timely',
    ),
  ].join('; ');
}

export async function listResults(
  reader: ResultsReader,
  isJson: boolean,
  paint: Paint,
): Promise<string> {
  const experiments = await reader.experiments();
  const listed = await Promise.all(
    experiments.map(async (experiment) => {
      const runs = await reader.runs(experiment.id);
      const doneRuns = countOf(runs, ({ state }) => state === 'done');
      return { ...experiment, doneRuns, remark: remarkOf(experiment, runs) };
    }),
  );
  if (isJson)
    return `${printableJson(
      listed.map(({ source: _, ...rest }) => rest),
      2,
    )}\n`;
  if (listed.length === 0) return 'There are no experiments yet: npm run experiment -- FILE.\n';
  const rows = listed.map(
    ({ id, name, mode, doneRuns, plannedRuns, state, startedAtMs, remark }) => [
      String(id),
      printable(name),
      mode,
      `${doneRuns}/${plannedRuns}`,
      state,
      timeText(startedAtMs),
      remark,
    ],
  );
  const heading = ['id', 'name', 'mode', 'runs', 'state', 'started', 'remark'];
  const lines = tableLines([heading, ...rows], [0, 3], (cell, line, column) => {
    if (line === 0) return paint('bold', cell);
    const state = listed[line - 1]?.state;
    return heading[column] === 'state' && state ? paint(STATE_STYLES[state], cell) : cell;
  });
  return `${lines.join('\n')}\n`;
}
