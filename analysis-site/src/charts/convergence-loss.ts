// How lost messages delay convergence, against the theory's line.

import { against } from './against.ts';
import { measured } from './data.ts';
import { pushPullRounds } from './theory.ts';

export const convergenceLoss = against({
  id: 'convergence-loss',
  title: 'Convergence under loss',
  values: measured('full_view_rounds'),
  setting: 'loss',
  yLabel: '↑ rounds until all know all',
  subject: 'the time until all know all',
  unit: 'rounds',
  never: 'not every view became full in time',
  nothing: 'waited for no full view',
  reference: {
    name: 'theory',
    of: () => (run) =>
      run.exchange === 'push-pull' ? pushPullRounds(run.nodes, run.targetCount, run.loss) : null,
  },
});
