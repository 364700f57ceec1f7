// How far views are from the truth as time goes by, in deltas, so that all metrics share a scale.

import { along, MEASURED_TIME } from './along.ts';
import { ofMeasuring, peakCaption } from './peak.ts';
import { sampled } from './sampled.ts';

export const errorTime = along({
  id: 'error-time',
  title: 'Error over time',
  needs: ['samples'],
  x: MEASURED_TIME,
  yLabel: '↑ mean |view − truth|, deltas of the metric',
  unit: 'deltas',
  observe: (data) =>
    sampled(data, 'error_deltas', { series: ({ metric }) => metric, value: ({ mean }) => mean }),
  caption: (rows) =>
    peakCaption(rows, { subject: 'the mean error', unit: 'deltas', at: ofMeasuring }),
  nothing: 'compared no views with the truth',
});
