// The figures that show where something is highest as time or rounds pass, each a specification.

import { byRun, finished, fullViewOf } from '../statistics/data.ts';
import { along, atTime, inRound, MEASURED_TIME, ofMeasuring, ROUNDS, TIME } from './along.ts';
import { rounded } from './rounded.ts';
import { sampled, withRun } from './sampled.ts';

/** What a node sends in a round: much while the fleet meets, little once all know all. */
export const bandwidthRounds = along({
  id: 'bandwidth-rounds',
  title: 'Bandwidth per node and round',
  needs: ['rounds'],
  x: ROUNDS,
  yLabel: '↑ bytes a node sends in a round',
  unit: 'B',
  observe: (data) => rounded(data, ({ sentBytes }) => sentBytes),
  caption: {
    subject: 'what a node sends in a round',
    at: inRound,
  },
  nothing: 'kept no rounds',
});

/**
 * How knowledge of the fleet grows: nodes that a node hears of for the first time, round by round.
 */
export const newNodes = along({
  id: 'new-nodes',
  title: 'New nodes known per round',
  needs: ['rounds'],
  x: ROUNDS,
  yLabel: '↑ nodes a node hears of for the first time',
  unit: 'nodes',
  observe: (data) => {
    const all = rounded(data, (row) => row.newNodes);
    // Past the last news there is nothing but a long line at 0.
    const last = all.reduce((most, { x, value }) => (value > 0 ? Math.max(most, x) : most), 0);
    return all.filter(({ x }) => x <= last + 1);
  },
  caption: {
    subject: 'the number of nodes that a node hears of for the first time',
    at: inRound,
  },
  nothing: 'kept no rounds',
});

/** What rounds still bring once all know all: entries that were news to the node that got them. */
export const freshRounds = along({
  id: 'fresh-rounds',
  title: 'Fresh data per round after convergence',
  needs: ['rounds', 'measures', 'nodes'],
  x: { ...ROUNDS, title: 'round after convergence', label: 'rounds after convergence →' },
  yLabel: '↑ new entries a node and round',
  unit: 'entries',
  observe: (data) => {
    const fullView = fullViewOf(data);
    return rounded(
      data,
      ({ newEntries }) => newEntries,
      ({ atMs }, run) => {
        const from = fullView(run);
        if (from === undefined || atMs < from) return undefined;
        return Math.floor((atMs - from) / run.roundMs) + 1;
      },
    );
  },
  caption: {
    subject: 'the number of new entries a node gets in a round',
    at: (x) => `in round ${x} after convergence`,
  },
  nothing: 'kept no rounds past convergence',
});

/**
 * How far views are from the truth as time goes by, in deltas, so that all metrics share a scale.
 */
export const errorTime = along({
  id: 'error-time',
  title: 'Error over time',
  needs: ['samples'],
  x: MEASURED_TIME,
  yLabel: '↑ mean |view − truth|, deltas of the metric',
  unit: 'deltas',
  observe: (data) =>
    sampled(data, 'error_deltas', { series: ({ metric }) => metric, value: ({ mean }) => mean }),
  caption: { subject: 'the mean error', at: ofMeasuring },
  nothing: 'compared no views with the truth',
});

/** Age of information: how long views have been behind the truth, by priority. */
export const lagTime = along({
  id: 'lag-time',
  title: 'Age of information over time',
  needs: ['samples'],
  x: MEASURED_TIME,
  yLabel: '↑ lag, 95th percentile, ms',
  unit: 'ms',
  observe: (data) =>
    sampled(data, 'lag', {
      series: ({ priority }) => `priority ${priority}`,
      value: ({ p95 }) => p95,
    }),
  caption: { subject: 'the 95th percentile of lag', at: ofMeasuring },
  nothing: 'compared no views with the truth',
});

/** What was worth telling as time goes by, and what the deltas filtered at the owner. */
export const sentFiltered = along({
  id: 'sent-filtered',
  title: 'Told and filtered over time',
  needs: ['transmissions'],
  x: TIME,
  yLabel: '↑ samples a second, all nodes',
  unit: 'samples/s',
  observe: (data) => {
    const windows = byRun(data, 'transmissions');
    const named = withRun(data);
    return finished(data).flatMap(({ id }) => {
      const sums = new Map<number, { told: number; filtered: number }>();
      for (const { atMs, windowMs, published, filtered } of windows.get(id) ?? []) {
        const sum = sums.get(atMs) ?? { told: 0, filtered: 0 };
        sum.told += (published / windowMs) * 1000;
        sum.filtered += (filtered / windowMs) * 1000;
        sums.set(atMs, sum);
      }
      return [...sums].flatMap(([atMs, { told, filtered }]) => [
        { runId: id, series: named('told', id), x: atMs / 1000, value: told },
        { runId: id, series: named('filtered', id), x: atMs / 1000, value: filtered },
      ]);
    });
  },
  caption: { subject: 'the flow of samples', at: atTime },
  nothing: 'counted no transmissions',
});
