// Whether a fleet still answers when some of its nodes are down.

import { against } from './against.ts';
import { measured } from './data.ts';

export const querySuccess = against({
  id: 'query-success',
  title: 'Queries answered while nodes are down',
  values: measured('query_success', { label: 'failed', times: 100 }),
  setting: 'failureRate',
  yLabel: '↑ queries answered, %',
  domain: [0, 100],
  subject: 'the share of answered queries',
  unit: '%',
  comparison: 'points',
  nothing: 'ran no queries while nodes were down',
});
