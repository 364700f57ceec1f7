// Short words for stories about a few nodes: two metrics, and what nodes tell of them.

import type { MetricDefinition } from '../../../node/core/model.ts';
import type { Told } from '../../../node/experiment/measures/sink.ts';
import { createTruth, type Truth } from '../../../node/experiment/measures/truth.ts';
import { metric } from '../../core/support.ts';

/** A delta of 5, told in steps of 0.1; of the least priority. */
export const LOAD: MetricDefinition = metric('load', { priority: 1 });
/** A delta of 10 %, 2 at least; more important. */
export const FLOW: MetricDefinition = metric('flow', {
  priority: 10,
  delta: { kind: 'relative', ratio: 0.1, floor: 2 },
});
export const METRICS = [LOAD, FLOW] as const;

/** The first run of every node. */
export const FIRST = 1_000;

/** Node `owner` (from 0) published its load as this version. */
export const told = (
  owner: number,
  version: number,
  value: number,
  changes: Partial<Told> = {},
): Told => ({ owner, generation: FIRST, metric: 0, version, value, from: owner, ...changes });

export const truthOf = (nodes: number): Truth => createTruth(nodes, METRICS);
