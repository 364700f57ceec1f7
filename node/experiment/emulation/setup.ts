// What a real node of an experiment is told before it starts; plain data, for it may have to cross
// to another process.

import type { NodeConfig } from '../../config/schema.ts';
import type { MetricDefinition } from '../../core/model.ts';
import { nodeName } from '../measures/names.ts';
import type { ExchangeDirection, RunSpec, StrategyName, WorkloadSpec } from '../plan/plan.ts';

export interface Setup {
  /** From 0. */
  readonly index: number;
  readonly config: NodeConfig;
  readonly strategy: StrategyName;
  readonly exchange: ExchangeDirection;
  readonly metrics: readonly MetricDefinition[];
  readonly workload: WorkloadSpec;
  /** Of the run. */
  readonly seed: number;
  readonly loss: number;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** Time of the run's start, on the clock of `absoluteMs`. */
  readonly zeroMs: number;
}

/** A clock that all processes of a machine share, ms; monotonic within each. */
export const absoluteMs = (): number => performance.timeOrigin + performance.now();

const LOOPBACK = '127.0.0.1';

export const addressOf = ({ plan }: RunSpec, index: number): string =>
  `http://${LOOPBACK}:${plan.basePort + index + 1}`;

/** `join`: numbers of the nodes that are its seeds. */
export function setupOf(
  spec: RunSpec,
  index: number,
  folder: string,
  zeroMs: number,
  join: readonly number[],
): Setup {
  const { plan, point, settings, seed } = spec;
  return {
    index,
    config: {
      id: nodeName(index),
      listen: LOOPBACK,
      port: plan.basePort + index + 1,
      allowOpen: false,
      join: join.map((other) => addressOf(spec, other)),
      resolveMs: DAY_MS,
      data: folder,
      basePath: '',
      labels: {},
      logLevel: plan.logLevel,
      sampleMs: plan.sampleMs,
      metrics: {},
      disabled: [],
      settings,
      storage: {
        enabled: plan.storesSamples,
        retentionMs: DAY_MS,
        maxBytes: MAX_STORED_BYTES,
        spoolMaxBytes: 0,
      },
      security: { secrets: [], allowedOrigins: [], clockToleranceMs: DAY_MS, tls: {} },
    },
    strategy: point.strategy,
    exchange: point.exchange,
    metrics: point.metricSet.metrics,
    workload: point.workload,
    seed,
    loss: point.loss,
    minDelayMs: plan.minDelayMs,
    maxDelayMs: plan.maxDelayMs,
    zeroMs,
  };
}

/** What nodes of a run store goes with the run's folder. */
const DAY_MS = 86_400_000;
const MAX_STORED_BYTES = 2 ** 28;
