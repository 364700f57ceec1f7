// Runs all probes for one sample and tells for each whether it measured, had nothing to measure, or
// failed. One that fails or hangs never holds up the others, if it answers at once or by a promise:
// support/stand-ins.ts wraps those that read files at once.

import { OperatingError } from '../errors.ts';
import type { Probe, ProbeRun, Reading } from '../ports.ts';

export interface ProbeRunnerOptions {
  /** For durations only. */
  readonly monotonicMs: () => number;
  /** How long a sample waits for slow probes, ms; what comes later goes into the next sample. */
  readonly patienceMs?: number;
}

export interface ProbeRunner {
  /** Never rejects. `nowMs` is handed to the probes. */
  collect(nowMs: number): Promise<Reading[]>;
  /** The last run of each probe that ran, in the order of the probes. */
  runs(): ProbeRun[];
}

/** Below the usual sampling period, so that one slow probe does not make the next sample late. */
export const PATIENCE_MS = 800;

/** A machine with hundreds of closed mounts is told by a few of them. */
const MAX_REMARKS = 16;

interface Slot {
  readonly probe: Probe;
  run?: ProbeRun;
  /** Since when the probe has been at work, ms. */
  runningSinceMs?: number | undefined;
  /** Measured and not handed out yet. */
  readings: readonly Reading[];
}

export function createProbeRunner(
  probes: readonly Probe[],
  { monotonicMs, patienceMs = PATIENCE_MS }: ProbeRunnerOptions,
): ProbeRunner {
  const slots: Slot[] = probes.map((probe) => ({ probe, readings: [] }));

  const settle = (slot: Slot, startMs: number, result: readonly Reading[], failure?: unknown) => {
    const { readings, problem } = accept(slot.probe, result);
    const sentence = failure === undefined ? problem : describe(failure);
    slot.runningSinceMs = undefined;
    slot.readings = readings;
    slot.run = runOf(slot, monotonicMs() - startMs, readings.length, sentence);
  };

  /** Undefined when the probe answered at once; probes that read /proc do. */
  const start = (slot: Slot, nowMs: number): Promise<void> | undefined => {
    const startMs = monotonicMs();
    try {
      const result = slot.probe.collect(nowMs);
      if (!(result instanceof Promise)) return void settle(slot, startMs, result);
      slot.runningSinceMs = startMs;
      return result.then(
        (readings) => settle(slot, startMs, readings),
        (failure: unknown) => settle(slot, startMs, [], failure ?? 'no reason given'),
      );
    } catch (failure) {
      settle(slot, startMs, [], failure ?? 'no reason given');
      return undefined;
    }
  };

  const markRunning = (slot: Slot) => {
    if (slot.runningSinceMs === undefined) return;
    const durationMs = monotonicMs() - slot.runningSinceMs;
    // The same words as long as it lasts, and for all nodes of a machine: it is one problem.
    const problem = `it does not answer within ${patienceMs} ms and is left out until it does`;
    const fix = `(disabled: ${slot.probe.name} turns it off)`;
    slot.run = runOf(slot, durationMs, 0, `${problem} ${fix}`);
  };

  return {
    async collect(nowMs) {
      const pending: Promise<void>[] = [];
      for (const slot of slots) {
        if (slot.runningSinceMs !== undefined) continue;
        // A late answer goes out now; measuring again at once would make the probe late for ever.
        const answer = slot.readings.length === 0 ? start(slot, nowMs) : undefined;
        if (answer) pending.push(answer);
      }
      if (pending.length > 0) await withPatience(Promise.all(pending), patienceMs);
      return slots.flatMap((slot) => {
        markRunning(slot);
        const { readings } = slot;
        slot.readings = [];
        return readings;
      });
    },
    runs: () => slots.flatMap(({ run }) => run ?? []),
  };
}

/** Finite values of metrics that the probe declares pass; anything else is the probe's fault. */
function accept(probe: Probe, readings: readonly Reading[]) {
  let problem: string | undefined;
  const accepted = readings.filter(({ metric, value }) => {
    if (!Number.isFinite(value)) problem = `it measured ${metric} as ${value}; ${REPORT}`;
    else if (probe.metrics.some(({ name }) => name === metric)) return true;
    else problem = `it measured ${metric}, which it does not declare; ${REPORT}`;
    return false;
  });
  return { readings: accepted, problem };
}

function runOf({ probe }: Slot, durationMs: number, count: number, problem?: string): ProbeRun {
  const remarks = remarksOf(probe, problem);
  const run = { probe: probe.name, durationMs, ...(remarks.length > 0 && { remarks }) };
  if (problem !== undefined) return { ...run, outcome: 'failed', problem };
  return { ...run, outcome: count > 0 ? 'ok' : 'no_data' };
}

function remarksOf(probe: Probe, problem: string | undefined): readonly string[] {
  const all = probe.remarks?.() ?? [];
  if (all.length === 0) return all;
  const told = all.filter((remark) => remark !== problem);
  if (told.length <= MAX_REMARKS) return told;
  return [...told.slice(0, MAX_REMARKS - 1), 'more remarks of this kind are left out'];
}

function describe(failure: unknown): string {
  if (failure instanceof OperatingError) return failure.message;
  const reason = failure instanceof Error ? failure.message : String(failure);
  return `${reason}; ${REPORT}`;
}

/** A fault of the program. */
const REPORT = 'please report it';

async function withPatience(work: Promise<unknown>, patienceMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patienceMs);
  });
  await Promise.race([work, over]);
  clearTimeout(timer);
}
