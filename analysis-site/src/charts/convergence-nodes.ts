// How many rounds it takes until every node knows of every other, against the theory's line.

import { against } from './against.ts';
import { UNTIL_FULL_VIEW } from './full-view.ts';

export const convergenceNodes = against({
  ...UNTIL_FULL_VIEW,
  id: 'convergence-nodes',
  title: 'Convergence by number of nodes',
  setting: 'nodes',
  nothing: 'waited for no full view',
});
