// What a quorum costs: messages of one query.

import { against } from './against.ts';
import { measured } from './data.ts';

export const queryCost = against({
  id: 'query-cost',
  title: 'Messages of a query while nodes are down',
  values: measured('query_messages', { label: 'failed' }),
  setting: 'failureRate',
  yLabel: '↑ messages of a query',
  subject: 'the cost of a query',
  unit: 'messages',
  nothing: 'ran no queries while nodes were down',
});
