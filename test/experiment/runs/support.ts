// Runs to test: a spec from a few settings, and a run from its start to its rows.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FlagValues } from '../../../node/config/sources/environment.ts';
import { createCollector } from '../../../node/experiment/measures/collector.ts';
import { loadExperiment } from '../../../node/experiment/plan/load.ts';
import type { RunSpec } from '../../../node/experiment/plan/plan.ts';
import { runSpecsOf } from '../../../node/experiment/plan/points.ts';
import { openEmulated } from '../../../node/experiment/runs/emulated.ts';
import { openInProcess } from '../../../node/experiment/runs/in-process.ts';
import { performRun, type RunOutcome } from '../../../node/experiment/runs/perform.ts';
import { openSimulated } from '../../../node/experiment/runs/simulated.ts';
import type { Stage, StageOptions } from '../../../node/experiment/runs/stage.ts';
import { freeBasePort } from '../../e2e/support/ports.ts';

const STAGES = { simulate: openSimulated, 'in-process': openInProcess, emulate: openEmulated };

/** Settings as on a command line, by name. */
export const specsOf = (flags: FlagValues): RunSpec[] =>
  runSpecsOf(loadExperiment(undefined, { runs: '1', ...flags }).plan);

export function specOf(flags: FlagValues): RunSpec {
  const [spec] = specsOf(flags);
  if (spec === undefined) throw new Error('no run');
  return spec;
}

export async function perform(spec: RunSpec): Promise<RunOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'priomon-run-'));
  try {
    return await performRun({
      signal: new AbortController().signal,
      onLine: () => {},
      onProgress: () => {},
      ...{ spec, folder, openStage: STAGES[spec.plan.mode] },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A scalar of the run; the first of its labels. */
export const scalar = ({ rows }: RunOutcome, name: string): number | null | undefined =>
  rows.measures?.find((measure) => measure.name === name)?.value;

/** For a stage that no run directs. */
export function stageOptions(spec: RunSpec): StageOptions {
  const { nodes, roundMs, metricSet } = spec.point;
  const collector = createCollector({
    nodes,
    roundMs,
    ...metricSet,
    measureMs: 0,
    keepsRounds: false,
  });
  const { signal } = new AbortController();
  return { spec, collector, folder: '', signal, onLine: () => {} };
}

/** A simulated cluster after ten seconds of virtual time, for whoever wants to ask it. */
export async function simulatedCluster(flags: FlagValues): Promise<Stage> {
  const stage = await openSimulated(stageOptions(specOf({ mode: 'simulate', ...flags })));
  await stage.start();
  await stage.until(10_000);
  return stage;
}

/** Above any count of nodes that a test starts. */
export const MOST_NODES = 7;

/** Silence is noticed soon, so that runs may be short; to meet takes what it takes. */
const HASTE = {
  converge_within: '60s',
  nodes: '5',
  round: '200ms',
  rounds: 'fixed',
  sample: '200ms',
  log_level: 'error',
  'protocol.exchange_timeout': '700ms',
  'protocol.suspicion_min': '300ms',
  'protocol.suspicion_max': '600ms',
};

/** A short run of real nodes, on ports that nobody has. */
export async function runReal(flags: FlagValues): Promise<RunOutcome> {
  const base = String(await freeBasePort(MOST_NODES));
  return perform(specOf({ ...HASTE, base_port: base, ...flags }));
}

/** Past this no other attempt is made, ms. */
const ATTEMPTS_MS = 60_000;

/**
 * Checks what came of a run. Nodes that notice how late they are accuse nobody, and take their
 * time: a run that calls itself untimely says nothing when it fails, and is made anew.
 */
export async function expectOf(
  run: () => Promise<RunOutcome>,
  check: (done: RunOutcome) => void,
): Promise<void> {
  const endsAt = performance.now() + ATTEMPTS_MS;
  for (;;) {
    const done = await run();
    try {
      return check(done);
    } catch (error) {
      if (done.isTimely || performance.now() > endsAt) throw error;
    }
  }
}

export const killedIn = ({ rows }: RunOutcome) =>
  rows.nodes?.filter(({ killedAtMs }) => killedAtMs !== null) ?? [];

export const PORT_TAKEN = /^Port \d+ on 127\.0\.0\.1 is taken; --base-port moves all nodes\.$/;
