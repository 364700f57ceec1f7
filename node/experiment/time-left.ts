// How long an experiment will still take, from how long its runs took so far.

import type { RunSpec } from './plan/plan.ts';
import type { RunProgress } from './runs/perform.ts';

export interface TimeLeft {
  begin(spec: RunSpec): void;
  end(spec: RunSpec): void;
  /** Real ms; undefined before anything was done. */
  leftMs(progress: Pick<RunProgress, 'phase' | 'doneMs' | 'phaseMs'>): number | undefined;
}

/** What a run is thought to take before its measured time, in rounds. */
const CONVERGENCE_ROUNDS = 8;
/** Starting one process takes about so long where a few start together, ms. */
const PROCESS_START_MS = 200;
/** A simulated round costs more than in proportion to its nodes: views grow too. */
const SIMULATION_EXPONENT = 1.5;

/** Real ms for real nodes; for simulated ones a number that only compares runs. */
function weightOf({ plan, point }: RunSpec): number {
  const lengthMs = plan.measureMs + CONVERGENCE_ROUNDS * point.roundMs;
  if (plan.mode === 'simulate') return lengthMs * point.nodes ** SIMULATION_EXPONENT;
  return lengthMs + (plan.mode === 'emulate' ? point.nodes * PROCESS_START_MS : 0);
}

export function createTimeLeft(
  specs: readonly RunSpec[],
  now: () => number = () => performance.now(),
): TimeLeft {
  let waiting = specs.reduce((sum, spec) => sum + weightOf(spec), 0);
  let done = 0;
  let spentMs = 0;
  let current = 0;
  let begunAt = now();
  return {
    begin(spec) {
      current = weightOf(spec);
      begunAt = now();
    },
    end() {
      done += current;
      waiting -= current;
      spentMs += now() - begunAt;
      current = 0;
    },
    leftMs({ phase, doneMs, phaseMs }) {
      const share = phase === 'measuring' && phaseMs > 0 ? doneMs / phaseMs : 0;
      const sofar = done + current * share;
      if (sofar === 0) return undefined;
      return ((waiting - current * share) * (spentMs + now() - begunAt)) / sofar;
    },
  };
}
