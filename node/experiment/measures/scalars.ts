// The scalar measures of a run, named as in MEASURES: what reports compare and average.

import type { MetricDefinition } from '../../core/model.ts';
import type { Fresh, MeasureName, MeasureRow } from '../../storage/results/rows.ts';
import type { Collected } from './collector.ts';
import { createDistribution, type Distribution } from './distribution.ts';
import { quantile } from './statistics.ts';
import type { Counts } from './transmissions.ts';

export interface RunFacts {
  /** All knew all from the start: there was nothing to converge. */
  readonly isSettled: boolean;
  readonly nodes: number;
  readonly roundMs: number;
  readonly metrics: readonly MetricDefinition[];
  /** Sent by all nodes in the measured time. */
  readonly sent: SentFacts;
  /** Share of a core, and memory, of each node process; empty where nodes share one. */
  readonly cpuShares: readonly number[];
  readonly rssBytes: readonly number[];
  /** From the return of the dead or the heal until all was whole; null: not within the run. */
  readonly recoveryMs: number | null | undefined;
}

export interface SentFacts {
  readonly messages: number;
  readonly bodyBytes: number;
  readonly wireBytes: number;
  /** Time and nodes that these are of. */
  readonly seconds: number;
}

type Measure = Fresh<MeasureRow>;
type Unit = MeasureRow['unit'];

/** Bytes of one entry on the wire, the least that telling it to a node takes. */
const ENTRY_BYTES = 7;

const measure = (
  name: MeasureName,
  value: number | null,
  unit: Unit,
  count = 1,
  label: string | number = '',
): Measure => ({ name, label: String(label), value: finite(value), unit, count });

const finite = (value: number | null): number | null =>
  value !== null && Number.isFinite(value) ? value : null;

export function scalarsOf(collected: Collected, facts: RunFacts): Measure[] {
  return [
    ...(facts.isSettled ? [] : convergence(collected, facts)),
    ...updates(collected, facts),
    ...traffic(collected, facts),
    ...views(collected, facts),
    ...resources(facts),
    ...queries(collected),
    ...deaths(collected, facts),
  ];
}

function convergence({ fullViewMs }: Collected, { roundMs, nodes }: RunFacts): Measure[] {
  const rounds = fullViewMs === null ? null : fullViewMs / roundMs;
  return [
    measure('full_view_ms', fullViewMs, 'ms', nodes),
    measure('full_view_rounds', rounds, 'rounds', nodes),
  ];
}

function updates({ rows }: Collected, { roundMs }: RunFacts): Measure[] {
  const byPriority = Map.groupBy(rows.updates ?? [], ({ priority }) => priority);
  return [...byPriority].flatMap(([priority, list]) => {
    // An update that never reached all is later than any that did.
    const times = list.map(({ allMs }) => allMs ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
    const complete = times.filter(Number.isFinite);
    const mean = complete.reduce((sum, ms) => sum + ms, 0) / complete.length;
    const at = (name: MeasureName, share: number): Measure =>
      measure(name, quantile(times, share), 'ms', list.length, priority);
    return [
      at('update_p50_ms', 0.5),
      at('update_p95_ms', 0.95),
      at('update_p99_ms', 0.99),
      measure('update_rounds', mean / roundMs, 'rounds', complete.length, priority),
    ];
  });
}

const total = (rows: readonly Readonly<Counts>[], key: keyof Counts): number =>
  rows.reduce((sum, row) => sum + row[key], 0);

function traffic(collected: Collected, { sent, nodes, metrics }: RunFacts): Measure[] {
  if (sent.seconds <= 0) return [];
  const perNodeSecond = 1 / nodes / sent.seconds;
  const counts = collected.transmissions.measured();
  const [published, needed] = [total(counts, 'published'), total(counts, 'needed')];
  const count = sent.messages;
  return [
    measure('messages', sent.messages * perNodeSecond, '/s', count),
    measure('body_bytes', sent.bodyBytes * perNodeSecond, 'B/s', count),
    measure('wire_bytes', sent.wireBytes * perNodeSecond, 'B/s', count),
    measure('floor_bytes', needed * ENTRY_BYTES * perNodeSecond, 'B/s', published),
    measure('copies', total(counts, 'copies') / needed, '', published),
    ...metrics.flatMap(({ name }, metric) => {
      const { published: told = 0, sampled = 0 } = counts[metric] ?? {};
      return [
        measure('published', told / sent.seconds, '/s', told, name),
        measure('filtered', Math.max(0, 1 - told / sampled), '', sampled, name),
      ];
    }),
  ];
}

function views({ views: seen }: Collected, { metrics }: RunFacts): Measure[] {
  const lags = new Map<number, Distribution>();
  const errors = metrics.flatMap(({ name, unit, priority }, metric) => {
    const error = seen.total('error', metric);
    const inDeltas = seen.total('error_deltas', metric);
    const lag = lags.get(priority) ?? createDistribution();
    lag.merge(seen.total('lag', metric));
    lags.set(priority, lag);
    if (error.count === 0) return [];
    return [
      measure('error', error.mean, unit, error.count, name),
      measure('error_p95', error.quantile(0.95), unit, error.count, name),
      measure('error_deltas', inDeltas.mean, 'deltas', inDeltas.count, name),
    ];
  });
  const late = [...lags].flatMap(([priority, lag]) =>
    lag.count === 0
      ? []
      : [
          measure('lag_p50_ms', lag.quantile(0.5), 'ms', lag.count, priority),
          measure('lag_p95_ms', lag.quantile(0.95), 'ms', lag.count, priority),
          measure('lag_p99_ms', lag.quantile(0.99), 'ms', lag.count, priority),
        ],
  );
  return [...errors, ...late];
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function resources({ cpuShares, rssBytes }: RunFacts): Measure[] {
  return [
    ...(cpuShares.length > 0 ? [measure('cpu', mean(cpuShares), '', cpuShares.length)] : []),
    ...(rssBytes.length > 0 ? [measure('rss_bytes', mean(rssBytes), 'B', rssBytes.length)] : []),
  ];
}

function queries({ queries: asked }: Collected): Measure[] {
  return [...Map.groupBy(asked, ({ phase }) => phase)].flatMap(([phase, list]) => {
    const answered = list.filter(({ isAnswered }) => isAnswered);
    const staleness = answered.flatMap(({ trueStalenessMs }) => trueStalenessMs ?? []);
    const count = list.length;
    return [
      measure('query_success', answered.length / count, '', count, phase),
      measure('query_messages', mean(list.map(({ messages }) => messages)), '', count, phase),
      measure('query_ms', mean(list.map(({ timeMs }) => timeMs)), 'ms', count, phase),
      measure('query_staleness_ms', mean(staleness), 'ms', staleness.length, phase),
    ];
  });
}

function deaths({ membership }: Collected, { recoveryMs }: RunFacts): Measure[] {
  const deaths = membership.deaths();
  const first = deaths.flatMap(({ firstMs }) => firstMs ?? []);
  const all = deaths.flatMap(({ allMs }) => allMs ?? []);
  return [
    ...(deaths.length > 0
      ? [
          measure('detection_first_ms', mean(first), 'ms', first.length),
          measure('detection_ms', mean(all), 'ms', all.length),
        ]
      : []),
    measure('false_deaths', membership.falseDeaths, ''),
    ...(recoveryMs === undefined ? [] : [measure('recovery_ms', recoveryMs, 'ms')]),
  ];
}
