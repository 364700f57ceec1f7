// What a node sends as the fleet grows, by strategy: the wall that gossip runs into is here.

import { against } from './against.ts';
import { measured, measureOf, measures } from './data.ts';

export const overheadNodes = against({
  id: 'overhead-nodes',
  title: 'Network overhead by number of nodes',
  values: measured('wire_bytes'),
  setting: 'nodes',
  yLabel: '↑ bytes a second and node, with headers',
  scale: 'log',
  subject: 'the traffic of a node',
  unit: 'B/s',
  nothing: 'counted no bytes',
  reference: {
    name: 'floor',
    of: (data) => {
      const floors = measures(data, 'floor_bytes');
      return ({ id }) => measureOf(floors.get(id));
    },
  },
});
