// The figures of a report in the order of its page, and the sections that they stand in.

import { bandwidthRounds } from './bandwidth-rounds.ts';
import { convergenceCdf } from './convergence-cdf.ts';
import { convergenceHeat } from './convergence-heat.ts';
import { convergenceLoss } from './convergence-loss.ts';
import { convergenceMessages } from './convergence-messages.ts';
import { convergenceNodes } from './convergence-nodes.ts';
import { cpuNodes } from './cpu-nodes.ts';
import { detectionCdf } from './detection-cdf.ts';
import { detectionTime } from './detection-time.ts';
import { entriesHeld } from './entries-held.ts';
import { errorBandwidth } from './error-bandwidth.ts';
import { errorTime } from './error-time.ts';
import { falseDeaths } from './false-deaths.ts';
import type { Figure } from './figure.ts';
import { freshRounds } from './fresh-rounds.ts';
import { lagBandwidth } from './lag-bandwidth.ts';
import { lagTime } from './lag-time.ts';
import { memoryNodes } from './memory-nodes.ts';
import { newNodes } from './new-nodes.ts';
import { overheadNodes } from './overhead-nodes.ts';
import { priorityImpact } from './priority-impact.ts';
import { queryCost } from './query-cost.ts';
import { queryStaleness } from './query-staleness.ts';
import { querySuccess } from './query-success.ts';
import { recovery } from './recovery.ts';
import { replay } from './replay.ts';
import { savedTime } from './saved-time.ts';
import { savedTotal } from './saved-total.ts';
import { sentFiltered } from './sent-filtered.ts';
import { transmissionsMetric } from './transmissions-metric.ts';
import { updateCopies } from './update-copies.ts';

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
