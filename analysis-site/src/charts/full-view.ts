// The time until all know all beside what theory promises, for the figures that show it against
// one setting or another.

import type { Against } from './against-rows.ts';
import { measured } from './data.ts';
import { pushPullRounds } from './theory.ts';

export const UNTIL_FULL_VIEW = {
  values: measured('full_view_rounds'),
  yLabel: '↑ rounds until all know all',
  subject: 'the time until all know all',
  unit: 'rounds',
  never: 'not every view became full in time',
  reference: {
    name: 'theory',
    // It speaks of push-pull alone.
    of: () => (run) =>
      run.exchange === 'push-pull' ? pushPullRounds(run.nodes, run.targetCount, run.loss) : null,
  },
} as const satisfies Partial<Against>;
