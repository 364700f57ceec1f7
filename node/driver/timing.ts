// What moves a node besides messages: when it measures, and how it learns that time was lost. A
// process has timers for both; an object that sleeps between its alarms has not.

import { createLateness, type Lateness } from './lateness.ts';
import { createSampler, type Sampler, type SamplerOptions } from './sampler.ts';

export interface Timing {
  createSampler(options: SamplerOptions): Sampler;
  createLateness(...parameters: Parameters<typeof createLateness>): Lateness;
}

/** By timers that never end. */
export const BY_TIMERS: Timing = { createSampler, createLateness };
