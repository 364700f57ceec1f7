// Which metrics this node measures and tells, and one sampler for all nodes of a process.

import { applyOverride } from '../config/overrides.ts';
import type { NodeConfig } from '../config/schema.ts';
import type { MetricDefinition } from '../core/model.ts';
import type { Probe, ProbeRun, Reading } from '../ports.ts';
import { createProbes } from '../probes/index.ts';
import { createProbeRunner } from '../probes/runner.ts';
import { systemClock } from './clock.ts';

export interface Machine {
  readonly probes: readonly Probe[];
  collect(nowMs: number): Promise<readonly Reading[]>;
  runs(): readonly ProbeRun[];
}

/** Nodes of one process that sample within this time share one sample. */
const SHARED_MS = 50;

/** What this machine offers; probes named in `disabled` do not run. */
export function createMachine(disabled: readonly string[]): Machine {
  const all = createProbes({ platform: process.platform });
  const probes = all.filter(({ name }) => !disabled.includes(name));
  const runner = createProbeRunner(probes, { monotonicMs: systemClock.monotonicMs });
  let last: { at: number; readings: Promise<readonly Reading[]> } | undefined;
  return {
    probes,
    collect(nowMs) {
      if (last === undefined || nowMs - last.at >= SHARED_MS) {
        last = { at: nowMs, readings: runner.collect(nowMs) };
      }
      return last.readings;
    },
    runs: () => runner.runs(),
  };
}

export interface MetricPlan {
  readonly gossiped: readonly MetricDefinition[];
  readonly localUnits: ReadonlyMap<string, string>;
  readonly everyMs: ReadonlyMap<string, number>;
}

/** The metrics of the probes as the configuration wants them. */
export function planMetrics(machine: Machine, config: NodeConfig): MetricPlan {
  const gossiped: MetricDefinition[] = [];
  const localUnits = new Map<string, string>();
  const everyMs = new Map<string, number>();
  for (const definition of machine.probes.flatMap(({ metrics }) => metrics)) {
    const override = config.metrics[definition.name] ?? {};
    if (override.everyMs !== undefined) everyMs.set(definition.name, override.everyMs);
    if (override.gossip === false) localUnits.set(definition.name, definition.unit);
    else gossiped.push(applyOverride(definition, override));
  }
  return { gossiped, localUnits, everyMs };
}
