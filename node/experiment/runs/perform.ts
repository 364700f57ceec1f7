// One run from its first node to its last row: start, full view, measured time with failures,
// partition and queries, end.

import { OperatingError } from '../../errors.ts';
import type { Fresh, FreshRows, NodeRow, RunRow } from '../../storage/results/rows.ts';
import { type Collector, createCollector } from '../measures/collector.ts';
import { nodeName } from '../measures/names.ts';
import { type SentFacts, scalarsOf } from '../measures/scalars.ts';
import type { RunSpec } from '../plan/plan.ts';
import { repeat, scattered } from './actions.ts';
import { planFaults } from './fault-schedule.ts';
import { planQueries } from './queries.ts';
import type { NodeUse, OpenStage, Stage, StageOptions } from './stage.ts';
import { judgeTiming } from './timing.ts';

export type RunPhase = 'starting' | 'converging' | 'measuring';

export interface RunProgress {
  readonly phase: RunPhase;
  /** Since the phase began, and how long it takes at most, ms of the run's clock. */
  readonly doneMs: number;
  readonly phaseMs: number;
  /** Nodes with a full view. */
  readonly converged: number;
}

export interface RunOutcome extends Pick<RunRow, 'lengthMs' | 'remark' | 'isTimely'> {
  readonly rows: FreshRows;
}

export interface PerformOptions
  extends Pick<StageOptions, 'spec' | 'onLine' | 'folder' | 'signal'> {
  readonly openStage: OpenStage;
  readonly onProgress: (progress: RunProgress) => void;
}

/** How often a round it is looked whether all know all, or are whole again. */
const LOOKS_PER_ROUND = 4;

/** Rejects with an OperatingError, `stopped` when the signal ended it. */
export async function performRun(options: PerformOptions): Promise<RunOutcome> {
  const { spec, openStage } = options;
  const { point, plan } = spec;
  const collector = createCollector({
    nodes: point.nodes,
    metrics: point.metricSet.metrics,
    roundMs: point.roundMs,
    measureMs: plan.measureMs,
    keepsRounds: plan.keepsRounds,
  });
  tell(options, collector, 'starting', 0, 0);
  const stage = await openStage({ ...options, collector });
  try {
    await stage.start();
    await converge(options, stage, collector);
    const fromMs = stage.now();
    const before = await stage.use();
    const recoveryMs = await measure(options, stage, collector, fromMs);
    const endMs = stage.now();
    const after = await stage.use();
    await stage.settle(endMs);
    return outcomeOf(spec, collector, { fromMs, endMs, before, after, recoveryMs });
  } finally {
    await stage.close();
  }
}

function refuseStopped(signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new OperatingError('stopped', 'The run was stopped; --resume does it again.');
}

function tell(
  { onProgress, spec }: PerformOptions,
  { convergence }: Collector,
  phase: RunPhase,
  doneMs: number,
  phaseMs: number,
): void {
  let converged = 0;
  for (let node = 0; node < spec.point.nodes; node++) {
    if (convergence.fullViewAt(node) !== null) converged++;
  }
  onProgress({ phase, doneMs, phaseMs, converged });
}

/** Until all know all, or the limit. */
async function converge(
  options: PerformOptions,
  stage: Stage,
  collector: Collector,
): Promise<void> {
  const { convergenceLimitMs } = options.spec.plan;
  const stepMs = options.spec.point.roundMs / LOOKS_PER_ROUND;
  while (collector.convergence.fullAt() === null && stage.now() < convergenceLimitMs) {
    refuseStopped(options.signal);
    await stage.until(Math.min(stage.now() + stepMs, convergenceLimitMs));
    tell(options, collector, 'converging', stage.now(), convergenceLimitMs);
  }
}

/** The measured time; returns how long recovery took, undefined where nothing was to recover. */
async function measure(
  options: PerformOptions,
  stage: Stage,
  collector: Collector,
  fromMs: number,
): Promise<number | null | undefined> {
  const { spec, signal } = options;
  const { measureMs, sampleMs } = spec.plan;
  if (measureMs === 0) return undefined;
  stage.note(fromMs, () => collector.measure(fromMs));
  const endMs = fromMs + measureMs;
  const faults = planFaults(spec, stage, collector, fromMs);
  const queries = planQueries(spec, stage, collector, { fromMs, endMs, faults });
  const look = (at: number): void => {
    stage.note(at, () => collector.observe(at));
    tell(options, collector, 'measuring', at - fromMs, measureMs);
  };
  const looks = repeat(fromMs, endMs, sampleMs, look, scattered);
  const actions = [...faults.actions, ...queries.actions, ...looks].sort((a, b) => a.at - b.at);
  for (const { at, act } of actions) {
    refuseStopped(signal);
    await stage.until(at);
    await act();
  }
  await stage.until(endMs);
  await queries.settled(signal);
  refuseStopped(signal);
  await faults.settled();
  return faults.recoveryMs();
}

interface Ended {
  readonly fromMs: number;
  readonly endMs: number;
  readonly before: readonly NodeUse[];
  readonly after: readonly NodeUse[];
  readonly recoveryMs: number | null | undefined;
}

function outcomeOf(spec: RunSpec, collector: Collector, ended: Ended): RunOutcome {
  const { fromMs, endMs, after, recoveryMs } = ended;
  const { point } = spec;
  const collected = collector.finish(endMs);
  // The dead keep no rounds.
  const survivors = after.filter((_, node) => !collector.lives.has(node));
  const timing = judgeTiming(spec, survivors, endMs);
  const seconds = (endMs - fromMs) / 1_000;
  const cpuShares = differences(ended, 'cpuMs').map((ms) => ms / 1_000 / seconds);
  const isSettled = spec.plan.start === 'settled';
  const measures = scalarsOf(collected, {
    isSettled,
    nodes: point.nodes,
    roundMs: point.roundMs,
    metrics: point.metricSet.metrics,
    sent: sentIn(ended),
    cpuShares: seconds > 0 ? cpuShares : [],
    rssBytes: after.flatMap(({ rssBytes }) => rssBytes ?? []),
    recoveryMs,
  });
  const rows = { ...collected.rows, measures, nodes: nodeRows(collector, after) };
  return { rows, lengthMs: endMs, ...timing };
}

/** What each node used in the measured time, of those that tell. */
function differences({ before, after }: Ended, key: 'cpuMs'): number[] {
  return after.flatMap((use, node) => {
    const [now, then] = [use[key], before[node]?.[key]];
    // A process that was killed and came back counts from 0 again.
    return now === null || then === null || then === undefined || now < then ? [] : [now - then];
  });
}

function sentIn({ before, after, fromMs, endMs }: Ended): SentFacts {
  const sum = (uses: readonly NodeUse[], key: 'messages' | 'bodyBytes' | 'wireBytes'): number =>
    uses.reduce((all, use) => all + use[key], 0);
  const difference = (key: 'messages' | 'bodyBytes' | 'wireBytes'): number =>
    sum(after, key) - sum(before, key);
  return {
    messages: difference('messages'),
    bodyBytes: difference('bodyBytes'),
    wireBytes: difference('wireBytes'),
    seconds: (endMs - fromMs) / 1_000,
  };
}

function nodeRows({ convergence, lives }: Collector, uses: readonly NodeUse[]): Fresh<NodeRow>[] {
  return uses.map((use, i) => {
    const { startedAtMs, messages, rounds, sentBytes, receivedBytes } = use;
    const { cpuMs, rssBytes, lateMs } = use;
    const life = lives.get(i);
    return {
      node: nodeName(i),
      fullViewAtMs: convergence.fullViewAt(i),
      killedAtMs: life?.killedAtMs ?? null,
      restartedAtMs: life?.restartedAtMs ?? null,
      ...{ startedAtMs, rounds, messages, sentBytes, receivedBytes, cpuMs, rssBytes, lateMs },
    };
  });
}
