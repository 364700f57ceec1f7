// What the monitor takes of the machine it watches: processor.

import { against } from './against.ts';
import { measured } from './data.ts';

export const cpuNodes = against({
  id: 'cpu-nodes',
  title: 'Processor',
  values: measured('cpu', { times: 100 }),
  setting: 'nodes',
  yLabel: '↑ % of a core and node',
  subject: 'the processor time of a node',
  unit: '% of a core',
  nothing: 'measured no processor time: only real processes use any',
});
