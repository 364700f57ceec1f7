// How long it takes after nodes return or a partition heals until all views are whole again.

import { against } from './against.ts';
import { measured } from './data.ts';

export const recovery = against({
  id: 'recovery',
  title: 'Recovery after failures heal',
  values: measured('recovery_ms', { times: 1e-3 }),
  setting: ['failureRate', 'loss', 'nodes'],
  yLabel: '↑ seconds until all views are whole',
  subject: 'the time to recover',
  unit: 's',
  never: 'not every view became whole again',
  nothing: 'healed no failure',
});
