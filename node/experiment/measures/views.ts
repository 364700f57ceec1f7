// What the watched nodes hold of all others that live: how far it is from what these measured last,
// and since when it has been a delta or more away.

import { deltaAt } from '../../core/data/publishing/publishing-rule.ts';
import type { MetricDefinition } from '../../core/model.ts';
import type { Fresh, SampleRow } from '../../storage/results/rows.ts';
import { createDistribution, type Distribution } from './distribution.ts';
import type { Told } from './sink.ts';
import type { Truth } from './truth.ts';

export interface Views {
  told(viewer: number, told: Told): void;
  /** Compares every watched view with the truth, now. */
  observe(at: number): void;
  /** A node that came back holds nothing. */
  reset(viewer: number, now: number): void;
  /** Ends the windows; rows by window, kind and metric. */
  finish(): Fresh<SampleRow>[];
  /** All that was observed, over all windows that have ended. */
  total(kind: Kind, metric: number): Distribution;
}

type Kind = SampleRow['kind'];
const KINDS: readonly Kind[] = ['error', 'error_deltas', 'lag'];

/** By kind and metric. */
type Window = Readonly<Record<Kind, readonly Distribution[]>>;

export interface ViewOptions {
  readonly truth: Truth;
  readonly metrics: readonly MetricDefinition[];
  readonly nodes: number;
  /** Numbers of the nodes whose views are compared. */
  readonly watched: readonly number[];
  readonly windowMs: number;
}

export function createViews(options: ViewOptions): Views {
  const { truth, metrics, nodes, watched, windowMs } = options;
  const width = nodes * metrics.length;
  const row = new Map(watched.map((viewer, index) => [viewer, index * width]));
  const values = new Float64Array(watched.length * width).fill(Number.NaN);
  const stamps = new Float64Array(watched.length * width).fill(Number.NEGATIVE_INFINITY);
  /** When a viewer that came back did so: it cannot have been late before. */
  const beganAt = new Float64Array(nodes);
  const rows: Fresh<SampleRow>[] = [];
  const total = emptyWindow(metrics.length);
  let window = emptyWindow(metrics.length);
  let windowAt: number | undefined;

  function closeWindow(): void {
    if (windowAt !== undefined) rows.push(...rowsOf(window, windowAt, options));
    for (const kind of KINDS) {
      for (const [i, all] of total[kind].entries()) all.merge(at(window, kind, i));
    }
    window = emptyWindow(metrics.length);
  }

  /** All that one viewer holds of one metric of all others. */
  function compare(viewer: number, start: number, metric: number, now: number): void {
    const { delta } = metrics[metric] as MetricDefinition;
    const errors = at(window, 'error', metric);
    const inDeltas = at(window, 'error_deltas', metric);
    const lags = at(window, 'lag', metric);
    for (let owner = 0; owner < nodes; owner++) {
      const real = truth.value(owner, metric);
      if (owner === viewer || Number.isNaN(real)) continue;
      const held = values[start + owner * metrics.length + metric] as number;
      const since = truth.apartSince(owner, metric, held);
      const began = beganAt[viewer] as number;
      lags.add(since === undefined ? 0 : Math.max(0, now - Math.max(since, began)));
      // What is not held has no error, only a lag.
      if (Number.isNaN(held)) continue;
      const error = Math.abs(held - real);
      errors.add(error);
      inDeltas.add(error / deltaAt(delta, held));
    }
  }

  return {
    told(viewer, told) {
      const start = row.get(viewer);
      if (start === undefined || told.owner === viewer) return;
      const place = start + told.owner * metrics.length + told.metric;
      const stamp = truth.stampOf(told);
      if (stamp <= (stamps[place] as number)) return;
      stamps[place] = stamp;
      values[place] = told.value;
    },
    observe(now) {
      windowAt ??= now;
      if (now - windowAt >= windowMs) {
        closeWindow();
        windowAt = now;
      }
      for (const [viewer, start] of row) {
        if (!truth.isUp(viewer)) continue;
        for (let metric = 0; metric < metrics.length; metric++) compare(viewer, start, metric, now);
      }
    },
    reset(viewer, now) {
      beganAt[viewer] = now;
      const start = row.get(viewer);
      if (start === undefined) return;
      values.fill(Number.NaN, start, start + width);
      stamps.fill(Number.NEGATIVE_INFINITY, start, start + width);
    },
    finish() {
      closeWindow();
      windowAt = undefined;
      return rows;
    },
    total: (kind, metric) => at(total, kind, metric),
  };
}

function emptyWindow(metrics: number): Window {
  const distributions = () => Array.from({ length: metrics }, createDistribution);
  return { error: distributions(), error_deltas: distributions(), lag: distributions() };
}

const at = (window: Window, kind: Kind, metric: number): Distribution =>
  window[kind][metric] ?? createDistribution();

function rowsOf(window: Window, atMs: number, { metrics, windowMs }: ViewOptions) {
  return KINDS.flatMap((kind) =>
    metrics.flatMap(({ name, priority }, index): Fresh<SampleRow>[] => {
      const seen = at(window, kind, index);
      if (seen.count === 0) return [];
      const { count, mean, max } = seen;
      const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => seen.quantile(share));
      const quantiles = { p50: p50 ?? 0, p95: p95 ?? 0, p99: p99 ?? 0 };
      return [{ atMs, windowMs, kind, metric: name, priority, count, mean, ...quantiles, max }];
    }),
  );
}
