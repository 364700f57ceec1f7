// How often an update travels for every node that needs it: 1 would be perfect.

import { against } from './against.ts';
import { measured } from './data.ts';

export const updateCopies = against({
  id: 'update-copies',
  title: 'Copies per update',
  values: measured('copies'),
  setting: 'nodes',
  yLabel: '↑ copies for each node that needs one',
  subject: 'the number of copies of an update per node that needs it',
  unit: '',
  nothing: 'followed no updates',
});
