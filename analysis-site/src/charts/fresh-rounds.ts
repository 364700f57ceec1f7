// What rounds still bring once all know all: entries that were news to the node that got them.

import { along, ROUNDS } from './along.ts';
import { fullViewOf } from './data.ts';
import { peakCaption } from './peak.ts';
import { rounded } from './rounded.ts';

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
  caption: (rows) =>
    peakCaption(rows, {
      subject: 'the number of new entries a node gets in a round',
      unit: 'entries',
      at: (x) => `in round ${x} after convergence`,
    }),
  nothing: 'kept no rounds past convergence',
});
