// What a node sends in a round: much while the fleet meets, little once all know all.

import { along, ROUNDS } from './along.ts';
import { inRound, peakCaption } from './peak.ts';
import { rounded } from './rounded.ts';

export const bandwidthRounds = along({
  id: 'bandwidth-rounds',
  title: 'Bandwidth per node and round',
  needs: ['rounds'],
  x: ROUNDS,
  yLabel: '↑ bytes a node sends in a round',
  unit: 'B',
  observe: (data) => rounded(data, ({ sentBytes }) => sentBytes),
  caption: (rows) =>
    peakCaption(rows, {
      subject: 'what a node sends in a round',
      unit: 'B',
      at: inRound,
    }),
  nothing: 'kept no rounds',
});
