// From settings that are sound in themselves to a plan: defaults that follow other settings are
// filled in here.

import { CALM_NETWORK } from '../simulation/network.ts';
import { metricsOf } from './metric-sets.ts';
import type { MetricSet, Plan, WorkloadSpec } from './plan.ts';
import type { ExperimentGiven } from './schema.ts';

export interface PlanContext {
  /** Called so when the file gives no name. */
  readonly name: string;
  /** Where the source of a trace lies, as the file names it. */
  readonly resolve: (source: string) => string;
}

/** Rounds that all have to know all in, unless told. */
const CONVERGENCE_ROUNDS = 100;
/** Failures and partitions begin after this share of the measured time, and partitions last it. */
const QUARTER = 0.25;

const STANDARD_SET: MetricSet = { name: 'default', metrics: metricsOf({}) };

export function toPlan(given: ExperimentGiven, { name, resolve }: PlanContext): Plan {
  const title = given.title ?? given.name ?? name;
  const { partition, queries } = given;
  return {
    ...{ name: given.name ?? name, title, description: given.description ?? '' },
    questions: given.questions ?? [],
    ...{ mode: given.mode, seed: given.seed, runs: given.runs },
    grid: gridOf(given, resolve),
    maxRoundRounds: given.rounds,
    start: given.start,
    ...delaysOf(given),
    convergenceLimitMs: given.converge_within ?? Math.max(...given.round) * CONVERGENCE_ROUNDS,
    measureMs: given.measure,
    failure: {
      atMs: given.failure.at ?? quarterOf(given),
      how: given.failure.how,
      ...(given.failure.restart_after !== undefined && {
        restartAfterMs: given.failure.restart_after,
      }),
    },
    ...(partition !== undefined && {
      partition: {
        share: partition.share,
        atMs: partition.at ?? quarterOf(given),
        forMs: partition.for ?? quarterOf(given),
      },
    }),
    ...(queries !== undefined && { queries }),
    sampleMs: given.sample,
    basePort: given.base_port,
    keepsRounds: given.keep_rounds,
    storesSamples: given.store_samples,
    logLevel: given.log_level,
    protocol: given.protocol,
  };
}

const quarterOf = ({ measure }: ExperimentGiven): number => Math.round(measure * QUARTER);

function gridOf(given: ExperimentGiven, resolve: PlanContext['resolve']): Plan['grid'] {
  const { metric_sets: sets = [] } = given;
  return {
    nodes: given.nodes,
    roundMs: given.round,
    targetCount: given.target_count,
    strategy: given.strategy,
    exchange: given.exchange,
    budgetBytes: given.budget,
    metricSet: sets.length === 0 ? [STANDARD_SET] : sets,
    workload: given.workload.map(
      ({ source, ...spec }): WorkloadSpec =>
        source === undefined ? spec : { ...spec, source: resolve(source) },
    ),
    loss: given.loss,
    failureRate: given.failure.rate,
  };
}

/** Real networks delay by themselves, a simulated one only when told. */
function delaysOf({ delay, mode }: ExperimentGiven): Pick<Plan, 'minDelayMs' | 'maxDelayMs'> {
  if (delay !== undefined) return { minDelayMs: delay.minMs, maxDelayMs: delay.maxMs };
  if (mode !== 'simulate') return { minDelayMs: 0, maxDelayMs: 0 };
  return { minDelayMs: CALM_NETWORK.minDelayMs, maxDelayMs: CALM_NETWORK.maxDelayMs };
}
