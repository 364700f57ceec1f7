// How long until every living node says that a dead one is dead, as conditions get worse.

import { against } from './against.ts';
import { measured } from './data.ts';

export const detectionTime = against({
  id: 'detection-time',
  title: 'Time until all know of a death',
  values: measured('detection_ms', { times: 1e-3 }),
  setting: ['loss', 'failureRate', 'nodes'],
  yLabel: '↑ seconds from a death until all living know',
  subject: 'the time until all living nodes know of a death',
  unit: 's',
  never: 'no death was known to all in time',
  nothing: 'let no node die',
});
