// What a node of an experiment measures: a workload's signal, or the machine itself under the
// experiment's own priorities and deltas.

import type { MetricDefinition } from '../../core/model.ts';
import { createMachine, type Machine } from '../../host/process/measuring.ts';
import type { Probe, ProbeRun } from '../../ports.ts';
import { openWorkload } from '../workloads/index.ts';
import { absoluteMs, type Setup } from './setup.ts';

const PROBE = 'experiment';

export async function openMachine(setup: Setup): Promise<Machine> {
  const { metrics, workload, seed, index, zeroMs } = setup;
  if (workload.kind === 'machine') return wrap(metrics, realReadings(metrics));
  const signal = (await openWorkload(workload, { metrics, seed }))(index);
  return wrap(metrics, async () => {
    const values = signal.valuesAt(Math.max(0, absoluteMs() - zeroMs));
    return metrics.map(({ name }, i) => ({ metric: name, value: values[i] ?? 0 }));
  });
}

function realReadings(metrics: readonly MetricDefinition[]): Machine['collect'] {
  const machine = createMachine([]);
  const wanted = new Set(metrics.map(({ name }) => name));
  return async (nowMs) => (await machine.collect(nowMs)).filter(({ metric }) => wanted.has(metric));
}

function wrap(metrics: readonly MetricDefinition[], collect: Machine['collect']): Machine {
  const probe: Probe = { name: PROBE, metrics, collect };
  const run: ProbeRun = { probe: PROBE, outcome: 'ok', durationMs: 0 };
  return { probes: [probe], collect, runs: () => [run] };
}
