// What the watched nodes hold of all others: how far it is from the truth, and since when.

import type { MetricDefinition } from '../../core/model.ts';
import { deltaAt } from '../../core/publish.ts';
import type { Fresh, SampleRow } from '../../storage/results/rows.ts';
import { createDistribution, type Distribution } from './distribution.ts';
import type { Told } from './sink.ts';
import type { Truth } from './truth.ts';

export interface Views {
  told(viewer: number, told: Told): void;
  /** Compares every watched view with the truth, now. */
  observe(at: number): void;
  /** A node that came back holds nothing. */
  reset(viewer: number): void;
  /** Ends the windows; rows by window, kind and metric. */
  rows(): Fresh<SampleRow>[];
  /** All that was observed, over all windows. */
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
  const stamps = new Float64Array(watched.length * width);
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

  function compare(start: number, owner: number, now: number): void {
    for (let metric = 0; metric < metrics.length; metric++) {
      const place = start + owner * metrics.length + metric;
      const held = values[place] as number;
      const real = truth.value(owner, metric);
      const definition = metrics[metric];
      if (Number.isNaN(held) || Number.isNaN(real) || definition === undefined) continue;
      const error = Math.abs(held - real);
      const leftAt = truth.leftAt(owner, metric, stamps[place] as number);
      at(window, 'error', metric).add(error);
      at(window, 'error_deltas', metric).add(error / deltaAt(definition.delta, real));
      at(window, 'lag', metric).add(leftAt === undefined ? 0 : Math.max(0, now - leftAt));
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
        for (let owner = 0; owner < nodes; owner++) {
          if (owner !== viewer && truth.isUp(owner)) compare(start, owner, now);
        }
      }
    },
    reset(viewer) {
      const start = row.get(viewer);
      if (start === undefined) return;
      values.fill(Number.NaN, start, start + width);
      stamps.fill(0, start, start + width);
    },
    rows() {
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
