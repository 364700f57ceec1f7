// What a mode can run: how many nodes, on which ports, measuring what.

import { STANDARD_METRICS } from '../../../config/metrics.ts';
import type { RunMode } from '../../../storage/results/rows.ts';
import type { Check } from './check.ts';

/** Beyond these a machine of today runs out of memory, processors or patience. */
const MOST_NODES: Readonly<Record<RunMode, { most: number; why: string }>> = {
  simulate: { most: 20_000, why: 'whose memory grows with the square of them' },
  'in-process': { most: 1_000, why: 'where all share one process' },
  emulate: { most: 300, why: 'where each is a process of this machine' },
};
const LAST_PORT = 65_535;

export const checkMode: Check = (given) => [
  ...checkNodes(given),
  ...checkPorts(given),
  ...checkStart(given),
  ...checkWorkloads(given),
];

const checkNodes: Check = ({ plan, refuse }) => {
  const { most, why } = MOST_NODES[plan.mode];
  const nodes = Math.max(...plan.grid.nodes);
  const rule = `must be at most ${most} in mode ${plan.mode}, ${why}; lower it or change mode`;
  return nodes > most ? [refuse('nodes', nodes, rule)] : [];
};

const checkPorts: Check = ({ plan, refuse, cite }) => {
  const nodes = Math.max(...plan.grid.nodes);
  const most = LAST_PORT - nodes;
  if (plan.mode === 'simulate' || plan.basePort <= most || most < 1) return [];
  const rule =
    `must leave a port up to ${LAST_PORT} for each node, and ${cite('nodes', nodes)}; ` +
    `use ${most} at most`;
  return [refuse('base_port', plan.basePort, rule)];
};

const checkStart: Check = ({ plan, refuse }) =>
  plan.start === 'settled' && plan.mode !== 'simulate'
    ? [refuse('start', plan.start, 'must be cold unless mode is simulate: real nodes have to meet')]
    : [];

/** What is measured must exist in the mode, and every word about it must be read by somebody. */
const checkWorkloads: Check = ({ plan, refuse }) =>
  plan.grid.workload.flatMap(({ kind, intensity, source }) => {
    if (kind !== 'trace' && source !== undefined)
      return refuse('workload', { kind, source }, 'must have a source only when kind is trace');
    if (kind !== 'machine') return [];
    if (plan.mode === 'simulate') return refuse('workload', kind, MACHINE_RULE);
    if (intensity !== 1)
      return refuse('workload', { kind, intensity }, 'must have no intensity when kind is machine');
    return plan.grid.metricSet.flatMap(({ name, metrics }) =>
      metrics
        .filter((metric) => !STANDARD.includes(metric.name))
        .map((metric) =>
          refuse(
            `metric_sets.${name}.${metric.name}`,
            metric.name,
            'must be a standard metric with the workload machine, which measures no other',
          ),
        ),
    );
  });

const STANDARD = STANDARD_METRICS.map(({ name }) => name);
const MACHINE_RULE =
  'must be another one in mode simulate, for virtual time has no machine to measure; choose ' +
  'random-walk, or mode in-process or emulate';
