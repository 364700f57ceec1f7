// How many rounds it takes until every node knows of every other, against the theory's line.

import { against } from './against.ts';
import { measured } from './data.ts';
import { pushPullRounds } from './theory.ts';

export const convergenceNodes = against({
  id: 'convergence-nodes',
  title: 'Convergence by number of nodes',
  values: measured('full_view_rounds'),
  setting: 'nodes',
  yLabel: '↑ rounds until all know all',
  subject: 'the time until all know all',
  unit: 'rounds',
  never: 'not every view became full in time',
  nothing: 'waited for no full view',
  reference: {
    name: 'theory',
    // It speaks of push-pull alone.
    of: () => (run) =>
      run.exchange === 'push-pull' ? pushPullRounds(run.nodes, run.targetCount, run.loss) : null,
  },
});
