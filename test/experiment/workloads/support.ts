// What tests of workloads count: news, as the publishing rule sees them, and samples of a run.

import { CPU, MEMORY, NETWORK, STORAGE } from '../../../node/config/metrics.ts';
import { deltaAt } from '../../../node/core/data/publishing/publishing-rule.ts';
import type { MetricDefinition } from '../../../node/core/model.ts';
import type { SyntheticKind } from '../../../node/experiment/workloads/index.ts';
import { SYNTHETIC_WORKLOADS } from '../../../node/experiment/workloads/index.ts';
import type {
  Signal,
  Workload,
  WorkloadOptions,
} from '../../../node/experiment/workloads/workload.ts';

export const METRICS = [CPU, MEMORY, NETWORK, STORAGE];
export const KINDS = Object.keys(SYNTHETIC_WORKLOADS) as SyntheticKind[];

export const workload = (kind: SyntheticKind, changes: Partial<WorkloadOptions> = {}): Workload =>
  SYNTHETIC_WORKLOADS[kind]({ metrics: METRICS, seed: 7, intensity: 1, ...changes });

/** Values of one metric, sampled each second from 0 on. */
export function series(signal: Signal, metric: MetricDefinition, seconds: number): number[] {
  const position = METRICS.indexOf(metric);
  return Array.from({ length: seconds }, (_, second) => {
    return signal.valuesAt(second * 1_000)[position] ?? Number.NaN;
  });
}

/** When a value was told: the seconds at which it had moved by the delta since it was told last. */
export function newsOf(values: readonly number[], metric: MetricDefinition): number[] {
  let told = values[0] ?? Number.NaN;
  const seconds: number[] = [];
  values.forEach((value, second) => {
    if (Math.abs(value - told) < deltaAt(metric.delta, told)) return;
    told = value;
    seconds.push(second);
  });
  return seconds;
}

export const news = (signal: Signal, metric: MetricDefinition, seconds: number): number[] =>
  newsOf(series(signal, metric, seconds), metric);

export const nodes = (of: Workload, count: number): Signal[] =>
  Array.from({ length: count }, (_, index) => of(index));

export const sum = (numbers: readonly number[]): number =>
  numbers.reduce((total, one) => total + one, 0);

export const mean = (numbers: readonly number[]): number => sum(numbers) / numbers.length;

export const deviation = (numbers: readonly number[]): number => {
  const middle = mean(numbers);
  return Math.sqrt(mean(numbers.map((one) => (one - middle) ** 2)));
};
