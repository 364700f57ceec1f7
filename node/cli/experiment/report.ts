// What a running experiment shows: a bar in a terminal, a line a run elsewhere, or JSON lines.

import { printable, printableJson } from '../../core/wire/printable.ts';
import type { Narrator } from '../../experiment/orchestrator/session.ts';
import { plainEvent } from '../../experiment/orchestrator/session.ts';
import type { ExperimentEvent } from '../../experiment/orchestrator.ts';
import type { RunSpec } from '../../experiment/plan/plan.ts';
import type { Screen } from '../nodes/report.ts';
import { durationText, numberText } from '../results/text.ts';
import type { Paint } from '../terminal/paint.ts';

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
  const narrator = createNarrator(paint);
  let toldAt = Number.NEGATIVE_INFINITY;
  const text = (line: string): void => {
    out.write(`${isTerminal ? CLEAR_LINE : ''}${line}\n`);
  };
  const json = (data: object): void => {
    out.write(`${printableJson(data)}\n`);
  };
  const progress = (event: Progress): void => {
    if (now() - toldAt < (isJson ? JSON_MS : BAR_MS)) return;
    toldAt = now();
    if (isJson) json(plainEvent(event));
    else if (isTerminal) {
      const line = `${barOf(narrator.share(event))} ${narrator.progress(event)}`;
      out.write(`${CLEAR_LINE}${line.slice(0, (out.columns ?? DEFAULT_COLUMNS) - 1)}`);
    }
  };
  return {
    note: (line) => (isJson ? json({ type: 'note', line }) : text(printable(line))),
    event(event) {
      if (event.type === 'progress') return progress(event);
      const line = narrator.line(event);
      if (isJson) json(plainEvent(event));
      else if (line !== undefined) text(line);
    },
  };
}

/** Words for the events of one experiment, told in their order. */
export function createNarrator(paint: Paint): Narrator {
  let runs = 0;
  let ended = 0;
  return {
    line(event) {
      if (event.type === 'experiment') {
        runs = event.runs;
        ended = event.done;
      }
      if (event.type === 'run-ended') ended++;
      return lineOf(event, ended, runs, paint);
    },
    share({ phase, doneMs, phaseMs }) {
      const ofRun = phaseMs > 0 && phase === 'measuring' ? Math.min(1, doneMs / phaseMs) : 0;
      return Math.min(1, (ended + ofRun) / Math.max(1, runs));
    },
    progress({ spec, phase, doneMs, phaseMs, converged, leftMs }) {
      const know = `${converged} of ${spec.point.nodes} know all`;
      const since = `${phase} ${seconds(doneMs)} of ${seconds(phaseMs)} s`;
      const at = phase === 'starting' ? phase : since;
      const whole = Math.round((leftMs ?? 0) / 1_000) * 1_000;
      const left = leftMs === undefined ? '' : ` · ${durationText(whole)} left`;
      return `run ${ended + 1} of ${runs} · ${nameOf(spec)} · ${at} · ${know}${left}`;
    },
  };
}

function barOf(share: number): string {
  const cells = Math.round(share * BAR_CELLS);
  return `${'█'.repeat(cells)}${'░'.repeat(BAR_CELLS - cells)}`;
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
  const known = fullViewText(full);
  const cost = wire === null || wire === undefined ? '' : `, ${numberText(wire)} B/s a node`;
  const doubt = remark === '' ? '' : ` ${paint('yellow', printable(remark))}`;
  return `${head}: ${known}${cost}.${doubt}`;
}

function fullViewText(fullViewMs: number | null | undefined): string {
  if (fullViewMs === undefined) return 'all known from the start';
  return fullViewMs === null ? 'no full view' : `all known in ${duration(fullViewMs)}`;
}

const duration = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
