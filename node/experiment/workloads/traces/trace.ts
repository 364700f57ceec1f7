// A recorded trace: what the metrics of one or more nodes were as time went by.

/** One sample; times are ms from any origin. */
export interface TraceRow {
  readonly atMs: number;
  readonly node: string;
  readonly metric: string;
  readonly value: number;
}

/** Samples of one metric: rising times since the trace's start, and a value for each. */
export interface Series {
  readonly atMs: readonly number[];
  readonly values: readonly number[];
}

export interface TracedNode {
  readonly id: string;
  readonly series: ReadonlyMap<string, Series>;
}

export interface Trace {
  /** In the order of their first samples; one at least. */
  readonly nodes: readonly TracedNode[];
  /** When a replay begins anew: the last sample lasts as long as samples do on average. */
  readonly durationMs: number;
}

interface GrowingSeries {
  readonly atMs: number[];
  readonly values: number[];
}

/**
 * Rows must be in the order of time. Of two samples of one metric at one time the later row counts.
 * Undefined when the rows are not of two different times at least: nothing could be replayed.
 */
export function buildTrace(rows: readonly TraceRow[]): Trace | undefined {
  const nodes = new Map<string, Map<string, GrowingSeries>>();
  const startMs = rows[0]?.atMs ?? 0;
  let times = 0;
  let lastMs = Number.NaN;
  for (const row of rows) {
    const atMs = row.atMs - startMs;
    if (atMs !== lastMs) times++;
    lastMs = atMs;
    add(seriesOf(nodes, row), atMs, row.value);
  }
  if (times < 2) return undefined;
  return {
    nodes: [...nodes].map(([id, series]) => ({ id, series })),
    durationMs: lastMs + lastMs / (times - 1),
  };
}

function seriesOf(
  nodes: Map<string, Map<string, GrowingSeries>>,
  { node, metric }: TraceRow,
): GrowingSeries {
  const known = nodes.get(node) ?? new Map<string, GrowingSeries>();
  nodes.set(node, known);
  const series = known.get(metric) ?? { atMs: [], values: [] };
  known.set(metric, series);
  return series;
}

function add({ atMs: times, values }: GrowingSeries, atMs: number, value: number): void {
  if (times.at(-1) === atMs) values.pop();
  else times.push(atMs);
  values.push(value);
}
