// An event of an experiment as programs get it, on standard output and over HTTP.

import type { ExperimentEvent } from '../orchestrator.ts';
import { columnsOf } from '../plan/plan.ts';

/** With the point's columns, not the whole plan again and again. */
export function plainEvent(event: ExperimentEvent): object {
  if (!('spec' in event)) return event;
  const { spec, ...rest } = event;
  const { number, repeat, seed } = spec;
  return { ...rest, run: { number, repeat, seed, ...columnsOf(spec) } };
}
