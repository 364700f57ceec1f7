// How long the living take to say that a dead node is dead: share of all (observer, dead) pairs.

import { byRun, finished, groupBy, isNumber, seriesOf } from '../statistics/data.ts';
import { along } from './along.ts';
import { shareCaption, shares } from './cdf.ts';

export const detectionCdf = along({
  id: 'detection-cdf',
  title: 'Detection of deaths',
  needs: ['membershipEvents', 'nodes'],
  x: { title: 'time', unit: 's', label: 'seconds since the death →' },
  yLabel: '↑ living nodes that know of a death, %',
  unit: '%',
  domain: [0, 100],
  observe: (data) => {
    const runs = finished(data);
    const events = byRun(data, 'membershipEvents');
    const nodes = byRun(data, 'nodes');
    const seriesName = seriesOf(runs);
    return shares(
      runs.map((run) => {
        const all = nodes.get(run.id) ?? [];
        const dead = all.filter(({ killedAtMs }) => isNumber(killedAtMs));
        const killed = new Set(dead.map(({ node }) => node));
        // Who died too, and came back, was not there to notice.
        const own = (events.get(run.id) ?? []).filter(
          ({ status, isTrue, observer, subject }) =>
            status === 'dead' && isTrue && killed.has(subject) && !killed.has(observer),
        );
        // Who says it twice, because the dead came back in between, learned it the first time.
        const firsts = [...groupBy(own, ({ observer, subject }) => `${observer} ${subject}`)].map(
          ([, said]) => Math.min(...said.map(({ afterMs }) => afterMs).filter(isNumber)),
        );
        const total = killed.size * (all.length - killed.size);
        const afterMs = firsts.filter(Number.isFinite);
        return { runId: run.id, series: seriesName(run), afterMs, total };
      }),
    );
  },
  caption: (rows) => shareCaption(rows, 'the living know of a death'),
  nothing: 'saw no node die',
});
