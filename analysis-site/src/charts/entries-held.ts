// How much a node has to store by the time it knows all: entries, the whole fleet's.

import { against } from './against.ts';
import { untilFullView } from './data.ts';

export const entriesHeld = against({
  id: 'entries-held',
  title: 'Entries stored at convergence',
  needs: ['rounds', 'measures', 'nodes'],
  values: untilFullView('newEntries'),
  setting: 'nodes',
  yLabel: '↑ entries a node took in until all know all',
  subject: 'the number of entries a node has taken in when all know all',
  unit: 'entries',
  never: 'not every view became full in time',
  nothing: 'kept no rounds',
});
