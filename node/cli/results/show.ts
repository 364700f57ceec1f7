// `npm run results -- show ID`: what an experiment found, point by point.

import { printable, printableJson } from '../../core/wire/printable.ts';
import type {
  ExperimentRow,
  MeasureRow,
  PointColumns,
  RunRow,
} from '../../storage/results/rows.ts';
import { snakeCase } from '../../storage/results/tables/column.ts';
import type { Paint } from '../terminal/paint.ts';
import { remarkOf, STATE_STYLES } from './list.ts';
import { MAIN_MEASURES, type Point, type PointMeasure, pointsOf, varied } from './points.ts';
import { durationText, numberText, tableLines, timeText } from './text.ts';

export interface Shown {
  readonly experiment: ExperimentRow;
  readonly runs: readonly RunRow[];
  readonly measures: readonly MeasureRow[];
  /** Every measure, not the main ones alone. */
  readonly isWhole: boolean;
}

const choose = (point: Point, isWhole: boolean): readonly PointMeasure[] =>
  isWhole ? point.measures : point.measures.filter(({ name }) => MAIN_MEASURES.includes(name));

export function showAsJson({ experiment, runs, measures, isWhole }: Shown): string {
  const points = pointsOf(runs, measures).map((point) => ({
    ...point.columns,
    runs: point.runs.map(({ id, number, repeat, seed, state, isTimely, remark }) => {
      return { id, number, repeat, seed, state, isTimely, remark };
    }),
    measures: choose(point, isWhole),
  }));
  return `${printableJson({ experiment, points }, 2)}\n`;
}

export function showAsText({ experiment, runs, measures, isWhole }: Shown, paint: Paint): string {
  const points = pointsOf(runs, measures);
  const names = varied(points);
  const shown = names.length > 0 ? names : (['nodes', 'roundMs', 'strategy'] as const);
  const blocks = points.map((point) => pointLines(point, shown, isWhole, paint));
  const body = blocks.length > 0 ? blocks : [['No run has begun.']];
  const parts = [headLines(experiment, runs, paint), ...body];
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function headLines(experiment: ExperimentRow, runs: readonly RunRow[], paint: Paint): string[] {
  const { id, name, mode, state, title, machine, questions, startedAtMs, endedAtMs } = experiment;
  const doneRuns = runs.filter((run) => run.state === 'done').length;
  const remark = remarkOf(experiment, runs);
  const took = endedAtMs === null ? '' : `, took ${durationText(endedAtMs - startedAtMs)}`;
  const { cpu, cores, memoryBytes, system, runtime, priomon } = machine;
  const facts: (readonly [string, string])[] = [
    ['started', `${timeText(startedAtMs)}${took}`],
    ['runs', `${doneRuns} of ${experiment.plannedRuns} done${remark && `; ${remark}`}`],
    [
      'machine',
      `${cpu}, ${cores} cores, ${numberText(memoryBytes / 2 ** 30)} GiB, ${system}, ${runtime}, ` +
        `PrioMon ${priomon}`,
    ],
    ...questions.map((question, i) => [i === 0 ? 'asks' : '', question] as const),
  ];
  const heading = paint('bold', `Experiment ${id}: ${printable(name)}`);
  return [
    `${heading} (${mode}), ${paint(STATE_STYLES[state], state)}`,
    ...(title === '' ? [] : [printable(title)]),
    ...facts.map(([word, text]) => `  ${word.padEnd(8)}  ${printable(text)}`),
  ];
}

function pointLines(
  point: Point,
  names: readonly (keyof PointColumns)[],
  isWhole: boolean,
  paint: Paint,
): string[] {
  const what = names.map((name) => `${snakeCase(name)} ${printable(String(point.columns[name]))}`);
  const done = point.runs.filter(({ state }) => state === 'done');
  const count = `${done.length} of ${point.runs.length} runs done`;
  const measures = choose(point, isWhole);
  return [
    `${paint('bold', what.join(', '))} (${count})`,
    ...tableLines(
      measures.map((measure) => ['', nameOf(measure), meanText(measure), remarkText(measure)]),
      [2],
    ),
    ...(measures.length === 0 ? ['  no measures'] : []),
    ...warnings(point.runs).map((line) => paint('yellow', line)),
  ];
}

const nameOf = ({ name, label }: PointMeasure): string =>
  printable(label === '' ? name : `${name} [${label}]`);

function meanText({ mean, high, count, unit }: PointMeasure): string {
  if (count === 0) return '–';
  const half = count < 2 ? '' : ` ± ${numberText(high - mean)}`;
  return `${numberText(mean)}${half} ${printable(unit)}`.trim();
}

/** A mean over fewer runs than were made must say so. */
const remarkText = ({ count, runs }: PointMeasure): string =>
  count < runs ? `in ${count} of ${runs} runs` : '';

function warnings(runs: readonly RunRow[]): string[] {
  return runs.flatMap(({ number, state, isTimely, remark }) => {
    const why = remark === '' ? '' : `: ${printable(remark)}`;
    if (state === 'failed') return [`  ! run ${number} failed${why}`];
    if (state !== 'done') return [`  ! run ${number} is ${state}${why}`];
    return isTimely ? [] : [`  ! the timing of run ${number} is not to be trusted${why}`];
  });
}
