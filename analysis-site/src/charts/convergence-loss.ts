// How lost messages delay convergence, against the theory's line.

import { against } from './against.ts';
import { finished } from './data.ts';
import { UNTIL_FULL_VIEW } from './full-view.ts';

export const convergenceLoss = against({
  ...UNTIL_FULL_VIEW,
  id: 'convergence-loss',
  title: 'Convergence under loss',
  setting: 'loss',
  // Where nothing was lost it would say again what the number of nodes says.
  values: (data) =>
    finished(data).some(({ loss }) => loss > 0) ? UNTIL_FULL_VIEW.values(data) : new Map(),
  nothing: 'waited for no full view while messages were lost',
});
