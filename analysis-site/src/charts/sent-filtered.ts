// What was worth telling as time goes by, and what the deltas filtered at the owner.

import { along, TIME } from './along.ts';
import { byRun, finished } from './data.ts';
import { atTime, peakCaption } from './peak.ts';
import { withRun } from './sampled.ts';

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
  caption: (rows) =>
    peakCaption(rows, { subject: 'the flow of samples', unit: 'samples/s', at: atTime }),
  nothing: 'counted no transmissions',
});
