// Which share of the nodes knew all others by when: the tail shows that means hide.

import { along, TIME } from './along.ts';
import { shareCaption, shares } from './cdf.ts';
import { byRun, finished, isNumber, seriesOf } from './data.ts';

export const convergenceCdf = along({
  id: 'convergence-cdf',
  title: 'Nodes that know all, over time',
  needs: ['nodes'],
  x: TIME,
  yLabel: '↑ nodes that know all others, %',
  unit: '%',
  domain: [0, 100],
  observe: (data) => {
    const runs = finished(data);
    const nodes = byRun(data, 'nodes');
    const seriesName = seriesOf(runs);
    return shares(
      runs.map((run) => {
        const own = nodes.get(run.id) ?? [];
        const afterMs = own.map(({ fullViewAtMs }) => fullViewAtMs).filter(isNumber);
        return { runId: run.id, series: seriesName(run), afterMs, total: own.length };
      }),
    );
  },
  caption: (rows) => shareCaption(rows, 'the nodes know all'),
  nothing: 'kept no times of nodes',
});
