// The figures of a report in the order of its page, and the sections that they stand in.

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
} from './against-figures.ts';
import {
  bandwidthRounds,
  errorTime,
  freshRounds,
  lagTime,
  newNodes,
  sentFiltered,
} from './along-figures.ts';
import { convergenceCdf } from './convergence-cdf.ts';
import { convergenceHeat } from './convergence-heat.ts';
import { detectionCdf } from './detection-cdf.ts';
import { errorBandwidth } from './error-bandwidth.ts';
import type { Figure } from './figure.ts';
import { lagBandwidth } from './lag-bandwidth.ts';
import { priorityImpact } from './priority-impact.ts';
import { replay } from './replay.ts';
import { savedTime } from './saved-time.ts';
import { savedTotal } from './saved-total.ts';
import { transmissionsMetric } from './transmissions-metric.ts';

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
