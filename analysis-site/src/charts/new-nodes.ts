// How knowledge of the fleet grows: nodes that a node hears of for the first time, round by round.

import { along, ROUNDS } from './along.ts';
import { inRound, peakCaption } from './peak.ts';
import { rounded } from './rounded.ts';

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
  caption: (rows) =>
    peakCaption(rows, {
      subject: 'the number of nodes that a node hears of for the first time',
      unit: 'nodes',
      at: inRound,
    }),
  nothing: 'kept no rounds',
});
