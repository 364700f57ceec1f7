// An experiment from its plan to its last run: every run in its turn, into the results, until it is
// done or stopped. What happened is told as events; how it looks is the caller's business.

import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, release, tmpdir, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { OperatingError } from '../errors.ts';
import { addAll } from '../storage/results/pieces.ts';
import type { ExperimentRow, MachineFacts, MeasureRow, RunRow } from '../storage/results/rows.ts';
import type { ResultsStore } from '../storage/results/store.ts';
import type { LoadedExperiment } from './plan/load.ts';
import { columnsOf, type RunSpec } from './plan/plan.ts';
import { planHash, runSpecsOf } from './plan/points.ts';
import { openEmulated } from './runs/emulated.ts';
import { openInProcess } from './runs/in-process.ts';
import { performRun, type RunOutcome, type RunProgress } from './runs/perform.ts';
import { openSimulated } from './runs/simulated.ts';
import type { OpenStage } from './runs/stage.ts';
import { createTimeLeft, type TimeLeft } from './time-left.ts';
import { type Settled, settleTraces } from './workloads/settle.ts';

export type ExperimentEvent =
  | {
      readonly type: 'experiment';
      readonly id: number;
      readonly name: string;
      readonly runs: number;
      /** Runs that an earlier attempt did. */
      readonly done: number;
    }
  | { readonly type: 'run'; readonly spec: RunSpec }
  | ({ readonly type: 'progress'; readonly spec: RunSpec } & RunProgress & {
        /** Of the whole experiment, real ms; undefined while nothing tells. */
        readonly leftMs: number | undefined;
      })
  | {
      readonly type: 'run-ended';
      readonly spec: RunSpec;
      readonly state: RunRow['state'];
      readonly remark: string;
      readonly measures: readonly Omit<MeasureRow, 'runId'>[];
    }
  | { readonly type: 'line'; readonly line: string }
  | ({ readonly type: 'ended'; readonly id: number } & Ending);

export interface Ending {
  readonly state: ExperimentRow['state'];
  readonly done: number;
  readonly failed: number;
}

export interface OrchestratorOptions {
  readonly experiment: LoadedExperiment;
  readonly store: ResultsStore;
  /** Goes on with the newest unfinished experiment of the same plan. */
  readonly resume: boolean;
  readonly signal: AbortSignal;
  readonly onEvent: (event: ExperimentEvent) => void;
}

const STAGES: Readonly<Record<ExperimentRow['mode'], OpenStage>> = {
  simulate: openSimulated,
  'in-process': openInProcess,
  emulate: openEmulated,
};

/** A run that was stopped is done anew at the next attempt. */
const STOPPED = 'stopped';

/**
 * Rejects with an OperatingError when results cannot be stored; a run that fails is a row, and the
 * next one goes on.
 */
export async function runExperiment(options: OrchestratorOptions): Promise<Ending> {
  const { store, signal, onEvent } = options;
  store.bePatient({ signal, onLine: (line) => onEvent({ type: 'line', line }) });
  const folder = await makeFolder(join(tmpdir(), 'priomon-'));
  try {
    const { plan } = options.experiment;
    const specs = runSpecsOf(plan);
    const place: Place = { folder, settled: await settleTraces(plan.grid.workload, folder) };
    const { id, done } = await begin(options, specs.length);
    return await runAll(options, place, id, specs, done);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeFolder(prefix: string): Promise<string> {
  try {
    return await mkdtemp(prefix);
  } catch (cause) {
    const message = `No folder can be made in ${tmpdir()}; free some space or set TMPDIR.`;
    throw new OperatingError('no_folder', message, { cause });
  }
}

const NOTHING_TO_RESUME =
  'Nothing unfinished has this plan in this database (same file, same flags): it begins anew.';

/** What runs of one experiment share. */
interface Place {
  /** Removed in the end. */
  readonly folder: string;
  readonly settled: Settled;
}

async function begin(
  { experiment, store, resume, onEvent }: OrchestratorOptions,
  plannedRuns: number,
): Promise<{ id: number; done: ReadonlySet<number> }> {
  const { plan, source } = experiment;
  const { name, title, description, questions, mode, seed } = plan;
  const hash = planHash(plan);
  const before = resume ? await store.findResumable(hash) : undefined;
  if (resume && before === undefined) onEvent({ type: 'line', line: NOTHING_TO_RESUME });
  let id = before?.id;
  if (id !== undefined) await store.resumeExperiment(id);
  else {
    id = await store.createExperiment({
      ...{ name, title, description, questions, mode, seed, source, plannedRuns },
      planHash: hash,
      state: 'running',
      startedAtMs: Date.now(),
      endedAtMs: null,
      machine: machineFacts(),
    });
  }
  const runs = before === undefined ? [] : await store.runs(id);
  const done = new Set(runs.filter(({ state }) => state === 'done').map(({ number }) => number));
  onEvent({ type: 'experiment', id, name, runs: plannedRuns, done: done.size });
  return { id, done };
}

async function runAll(
  options: OrchestratorOptions,
  place: Place,
  id: number,
  specs: readonly RunSpec[],
  doneBefore: ReadonlySet<number>,
): Promise<Ending> {
  const { store, signal, onEvent } = options;
  const waiting = specs.filter(({ number }) => !doneBefore.has(number));
  const timeLeft = createTimeLeft(waiting);
  let done = doneBefore.size;
  let failed = 0;
  let state: ExperimentRow['state'] = 'failed';
  try {
    for (const spec of waiting) {
      if (signal.aborted) break;
      const outcome = await runOne(options, place, id, spec, timeLeft);
      if (outcome === 'done') done++;
      if (outcome === 'failed') failed++;
    }
    const isWhole = done + failed === specs.length;
    state = !isWhole ? STOPPED : done > 0 ? 'done' : 'failed';
  } finally {
    // Also after a failure of the store: what was done stays, and can be resumed.
    await store.endExperiment(id, { state, endedAtMs: Date.now() }).catch((error: unknown) => {
      onEvent({ type: 'line', line: messageOf(error) });
    });
  }
  const ending = { state, done, failed };
  onEvent({ type: 'ended', id, ...ending });
  return ending;
}

async function runOne(
  options: OrchestratorOptions,
  place: Place,
  experimentId: number,
  spec: RunSpec,
  timeLeft: TimeLeft,
): Promise<RunRow['state']> {
  const { store, signal, onEvent } = options;
  onEvent({ type: 'run', spec });
  timeLeft.begin(spec);
  const { number, repeat, seed } = spec;
  const runId = await store.createRun({
    ...{ ...columnsOf(spec), experimentId, number, repeat, seed },
    state: 'running',
    startedAtMs: Date.now(),
    endedAtMs: null,
    lengthMs: null,
    remark: '',
    isTimely: true,
  });
  const end = (state: RunRow['state'], outcome: Omit<RunOutcome, 'rows'>): Promise<void> =>
    store.endRun(runId, { state, endedAtMs: Date.now(), ...outcome });
  const endWithout = async (state: RunRow['state'], remark: string): Promise<void> => {
    await end(state, { lengthMs: null, remark, isTimely: false });
    onEvent({ type: 'run-ended', spec, state, remark, measures: [] });
  };
  const outcome = await performIn(options, place, spec, timeLeft);
  if (outcome instanceof OperatingError) {
    const state = signal.aborted ? STOPPED : 'failed';
    timeLeft.fail();
    await endWithout(state, outcome.message);
    return state;
  }
  const { rows, ...facts } = outcome;
  try {
    await addAll(store, runId, rows);
    await end('done', facts);
  } catch (error) {
    // The results cannot be trusted any more; that this run is none should still be said in them.
    await endWithout('failed', messageOf(error)).catch(() => undefined);
    throw error;
  }
  timeLeft.end();
  const { remark } = facts;
  onEvent({ type: 'run-ended', spec, state: 'done', remark, measures: rows.measures ?? [] });
  return 'done';
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** In a folder of its own, which does not outlive it; what went wrong is returned. */
async function performIn(
  { experiment, signal, onEvent }: OrchestratorOptions,
  { folder, settled }: Place,
  spec: RunSpec,
  timeLeft: TimeLeft,
): Promise<RunOutcome | OperatingError> {
  let own: string | undefined;
  try {
    own = await makeFolder(join(folder, `run-${spec.number}-`));
    return await performRun({
      spec: { ...spec, point: { ...spec.point, workload: settled(spec.point.workload) } },
      signal,
      openStage: STAGES[experiment.plan.mode],
      folder: own,
      onLine: (line) => onEvent({ type: 'line', line }),
      onProgress: (progress) =>
        onEvent({ type: 'progress', spec, ...progress, leftMs: timeLeft.leftMs(progress) }),
    });
  } catch (error) {
    if (error instanceof OperatingError) return error;
    throw error;
  } finally {
    if (own !== undefined) await rm(own, { recursive: true, force: true });
  }
}

const MANIFEST = new URL('../../package.json', import.meta.url);

/** What a result says of the machine it was measured on. */
function machineFacts(): MachineFacts {
  const cores = cpus();
  const { version } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as { version: string };
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    runtime: `Node.js ${process.versions.node}`,
    priomon: version,
  };
}
