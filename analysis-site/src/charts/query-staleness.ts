// How old answers are when some nodes are down, against the truth that the experiment knows.

import { against } from './against.ts';
import { measured } from './data.ts';

export const queryStaleness = against({
  id: 'query-staleness',
  title: 'Staleness of answers while nodes are down',
  values: measured('query_staleness_ms', { label: 'failed' }),
  setting: 'failureRate',
  yLabel: '↑ true staleness of answers, ms',
  subject: 'the true staleness of answers',
  unit: 'ms',
  never: 'no query was answered',
  nothing: 'ran no queries while nodes were down',
});
