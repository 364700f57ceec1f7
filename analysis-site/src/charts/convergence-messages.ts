// What convergence costs: messages a node sends until all know all.

import { against } from './against.ts';
import { untilFullView } from './data.ts';

export const convergenceMessages = against({
  id: 'convergence-messages',
  title: 'Messages until convergence',
  needs: ['rounds', 'measures', 'nodes'],
  values: untilFullView('messages'),
  setting: 'nodes',
  yLabel: '↑ messages a node sends until all know all',
  subject: 'the number of messages a node sends until all know all',
  unit: 'messages',
  never: 'not every view became full in time',
  nothing: 'kept no rounds',
});
