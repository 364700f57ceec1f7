// What a running experiment shows: a bar in a terminal, a line a run elsewhere, or JSON lines.

import type { ExperimentEvent } from '../experiment/orchestrator.ts';
import { columnsOf, type RunSpec } from '../experiment/plan/plan.ts';
import type { Screen } from './nodes-report.ts';
import type { Paint } from './paint.ts';
import { durationText, numberText, printable } from './results-text.ts';

export interface ExperimentReport {
  event(event: ExperimentEvent): void;
  /** A sentence that is no event. */
  note(line: string): void;
}

type Progress = Extract<ExperimentEvent, { type: 'progress' }>;
type RunEnded = Extract<ExperimentEvent, { type: 'run-ended' }>;

/** A terminal is drawn, and a program told, no more often than this, ms. */
const BAR_MS = 100;
const JSON_MS = 500;
const BAR_CELLS = 20;
const CLEAR_LINE = '\r\x1b[K';
const DEFAULT_COLUMNS = 100;

export function createExperimentReport(
  isJson: boolean,
  out: Screen,
  paint: Paint,
  now: () => number = () => performance.now(),
): ExperimentReport {
  const isTerminal = out.isTTY === true && !isJson;
  let toldAt = Number.NEGATIVE_INFINITY;
  let runs = 0;
  let ended = 0;
  const text = (line: string): void => {
    out.write(`${isTerminal ? CLEAR_LINE : ''}${line}\n`);
  };
  const progress = (event: Progress): void => {
    if (now() - toldAt < (isJson ? JSON_MS : BAR_MS)) return;
    toldAt = now();
    if (isJson) out.write(`${JSON.stringify(plainEvent(event))}\n`);
    else if (isTerminal) {
      const line = barLine(event, ended, runs);
      out.write(`${CLEAR_LINE}${line.slice(0, (out.columns ?? DEFAULT_COLUMNS) - 1)}`);
    }
  };
  return {
    note: (line) =>
      isJson ? out.write(`${JSON.stringify({ type: 'note', line })}\n`) : text(line),
    event(event) {
      if (event.type === 'progress') return progress(event);
      if (event.type === 'experiment') {
        runs = event.runs;
        ended = event.done;
      }
      if (event.type === 'run-ended') ended++;
      if (isJson) return void out.write(`${JSON.stringify(plainEvent(event))}\n`);
      const line = lineOf(event, ended, runs, paint);
      if (line !== undefined) text(line);
    },
  };
}

/** Programs get the point's columns, not the whole plan again and again. */
export function plainEvent(event: ExperimentEvent): object {
  if (!('spec' in event)) return event;
  const { spec, ...rest } = event;
  const { number, repeat, seed } = spec;
  return { ...rest, run: { number, repeat, seed, ...columnsOf(spec) } };
}

function barLine(event: Progress, ended: number, runs: number): string {
  const { spec, phase, doneMs, phaseMs, converged, leftMs } = event;
  const share = phaseMs > 0 && phase === 'measuring' ? doneMs / phaseMs : 0;
  const cells = Math.round(((ended + share) / Math.max(1, runs)) * BAR_CELLS);
  const bar = `${'█'.repeat(cells)}${'░'.repeat(Math.max(0, BAR_CELLS - cells))}`;
  const know = `${converged} of ${spec.point.nodes} know all`;
  const at = phase === 'starting' ? phase : `${phase} ${seconds(doneMs)} of ${seconds(phaseMs)} s`;
  const left = leftMs === undefined ? '' : ` · ${durationText(leftMs)} left`;
  return `${bar} run ${ended + 1} of ${runs} · ${nameOf(spec)} · ${at} · ${know}${left}`;
}

const seconds = (ms: number): string => String(Math.round(ms / 1_000));

/** What tells a run from others of its experiment, in a few words. */
function nameOf({ point, repeat }: RunSpec): string {
  const { nodes, strategy, exchange, failureRate } = point;
  const direction = exchange === 'push-pull' ? '' : ` ${exchange}`;
  const failing = failureRate > 0 ? `, ${numberText(failureRate * 100)} % fail` : '';
  return `${nodes} nodes, ${strategy}${direction}${failing}, #${repeat}`;
}

function lineOf(
  event: ExperimentEvent,
  ended: number,
  runs: number,
  paint: Paint,
): string | undefined {
  switch (event.type) {
    case 'experiment': {
      const before = event.done > 0 ? `, ${event.done} of them done before` : '';
      return `experiment ${event.id}: ${printable(event.name)}, ${event.runs} runs${before}`;
    }
    case 'line':
      return printable(event.line);
    case 'run-ended':
      return runLine(event, ended, runs, paint);
    default:
      return undefined;
  }
}

function runLine(event: RunEnded, ended: number, runs: number, paint: Paint): string {
  const { spec, state, remark, measures } = event;
  const head = `run ${ended} of ${runs}: ${nameOf(spec)}`;
  if (state !== 'done') return paint('red', `${head}: ${state}. ${printable(remark)}`);
  const value = (name: string): number | null | undefined =>
    measures.find((measure) => measure.name === name)?.value;
  const full = value('full_view_ms');
  const wire = value('wire_bytes');
  const known =
    full === null || full === undefined ? 'no full view' : `all known in ${duration(full)}`;
  const cost = wire === null || wire === undefined ? '' : `, ${numberText(wire)} B/s a node`;
  const doubt = remark === '' ? '' : ` ${paint('yellow', printable(remark))}`;
  return `${head}: ${known}${cost}.${doubt}`;
}

const duration = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
