// How often the living are declared dead: the price of detecting deaths fast.

import { against } from './against.ts';
import { measured } from './data.ts';

export const falseDeaths = against({
  id: 'false-deaths',
  title: 'Living nodes declared dead',
  values: measured('false_deaths'),
  setting: ['loss', 'failureRate', 'nodes'],
  yLabel: '↑ false deaths in a run',
  subject: 'the number of living nodes declared dead in a run',
  unit: '',
  nothing: 'watched no membership',
});
