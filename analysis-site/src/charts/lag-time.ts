// Age of information: how long views have been behind the truth, by priority.

import { along, MEASURED_TIME } from './along.ts';
import { ofMeasuring, peakCaption } from './peak.ts';
import { sampled } from './sampled.ts';

export const lagTime = along({
  id: 'lag-time',
  title: 'Age of information over time',
  needs: ['samples'],
  x: MEASURED_TIME,
  yLabel: '↑ lag, 95th percentile, ms',
  unit: 'ms',
  observe: (data) =>
    sampled(data, 'lag', {
      series: ({ priority }) => `priority ${priority}`,
      value: ({ p95 }) => p95,
    }),
  caption: (rows) =>
    peakCaption(rows, { subject: 'the 95th percentile of lag', unit: 'ms', at: ofMeasuring }),
  nothing: 'compared no views with the truth',
});
