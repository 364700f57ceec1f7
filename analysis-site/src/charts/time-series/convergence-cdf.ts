// Which share of the nodes knew all others by when: the tail shows that means hide.

import { byRun, finished, isNumber, measured, seriesOf } from '../statistics/data.ts';
import { along, TIME } from './along.ts';
import { shareCaption, shares } from './cdf.ts';

export const convergenceCdf = along({
  id: 'convergence-cdf',
  title: 'Nodes that know all, over time',
  needs: ['nodes', 'measures'],
  x: TIME,
  yLabel: '↑ nodes that know all others, %',
  unit: '%',
  domain: [0, 100],
  observe: (data) => {
    const runs = finished(data);
    const nodes = byRun(data, 'nodes');
    const fullViews = measured('full_view_ms')(data);
    const seriesName = seriesOf(runs);
    return shares(
      runs.flatMap((run) => {
        const full = fullViews.get(run.id);
        if (full === undefined) return [];
        const own = nodes.get(run.id) ?? [];
        const afterMs = own.map(({ fullViewAtMs }) => fullViewAtMs).filter(isNumber);
        // Where all came to know all, nodes without a time are those of a large fleet that nobody
        // looked at.
        const total = full === null ? own.length : afterMs.length;
        return { runId: run.id, series: seriesName(run), afterMs, total };
      }),
    );
  },
  caption: (rows) => shareCaption(rows, 'the nodes know all'),
  nothing: 'waited for no full view',
});
