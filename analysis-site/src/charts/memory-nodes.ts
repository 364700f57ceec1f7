// What the monitor takes of the machine it watches: memory.

import { against } from './against.ts';
import { measured } from './data.ts';

export const memoryNodes = against({
  id: 'memory-nodes',
  title: 'Memory',
  values: measured('rss_bytes', { times: 1e-6 }),
  setting: 'nodes',
  yLabel: '↑ MB of memory and node',
  subject: 'the memory of a node',
  unit: 'MB',
  nothing: 'measured no memory: only real processes have their own',
});
