// The figures of a report in the order of its page, and the sections that they stand in.

import { errorBandwidth } from './costs/error-bandwidth.ts';
import { lagBandwidth } from './costs/lag-bandwidth.ts';
import { savedTime } from './costs/saved-time.ts';
import { savedTotal } from './costs/saved-total.ts';
import type { Figure } from './figure.ts';
import {
  convergenceLoss,
  convergenceMessages,
  convergenceNodes,
  cpuNodes,
  detectionTime,
  entriesHeld,
  falseDeaths,
  memoryNodes,
  overheadNodes,
  queryCost,
  queryStaleness,
  querySuccess,
  recovery,
  updateCopies,
} from './sweeps/against-figures.ts';
import { convergenceHeat } from './sweeps/convergence-heat.ts';
import {
  bandwidthRounds,
  errorTime,
  freshRounds,
  lagTime,
  newNodes,
  sentFiltered,
} from './time-series/along-figures.ts';
import { convergenceCdf } from './time-series/convergence-cdf.ts';
import { detectionCdf } from './time-series/detection-cdf.ts';
import { priorityImpact } from './updates/priority-impact.ts';
import { replay } from './updates/replay.ts';
import { transmissionsMetric } from './updates/transmissions-metric.ts';

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly figures: readonly Figure[];
}

export const SECTIONS: readonly Section[] = [
  {
    id: 'price',
    title: 'What bytes buy',
    figures: [errorBandwidth, lagBandwidth, savedTotal, savedTime],
  },
  {
    id: 'convergence',
    title: 'Until all know all',
    figures: [
      convergenceNodes,
      convergenceCdf,
      convergenceLoss,
      convergenceHeat,
      convergenceMessages,
      newNodes,
      entriesHeld,
    ],
  },
  {
    id: 'updates',
    title: 'How updates spread',
    figures: [replay, priorityImpact, updateCopies, freshRounds],
  },
  {
    id: 'truth',
    title: 'How far views are from the truth',
    figures: [errorTime, lagTime],
  },
  {
    id: 'cost',
    title: 'What it costs',
    figures: [
      overheadNodes,
      bandwidthRounds,
      sentFiltered,
      transmissionsMetric,
      cpuNodes,
      memoryNodes,
    ],
  },
  {
    id: 'failures',
    title: 'When nodes fail',
    figures: [
      querySuccess,
      queryStaleness,
      queryCost,
      detectionCdf,
      detectionTime,
      falseDeaths,
      recovery,
    ],
  },
];

export const FIGURES: readonly Figure[] = SECTIONS.flatMap(({ figures }) => figures);
