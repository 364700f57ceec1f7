// All benchmarks, in the order of the table.

import type { Benchmark } from './benchmark.ts';
import { bandwidth20, bandwidth100, bandwidth100calm } from './benchmarks/bandwidth.ts';
import { cost } from './benchmarks/cost.ts';
import { death } from './benchmarks/death.ts';
import { deno } from './benchmarks/deno.ts';
import { events } from './benchmarks/events.ts';
import { history } from './benchmarks/history.ts';
import { lateness } from './benchmarks/lateness.ts';
import { load } from './benchmarks/load.ts';
import { measuring } from './benchmarks/measuring.ts';
import { results } from './benchmarks/results.ts';
import { rolling } from './benchmarks/rolling.ts';
import { sample } from './benchmarks/sample.ts';
import { saturation } from './benchmarks/saturation.ts';
import { signing } from './benchmarks/signing.ts';
import { simulator } from './benchmarks/simulator.ts';
import { start } from './benchmarks/start.ts';
import { state } from './benchmarks/state.ts';
import { urgent } from './benchmarks/urgent.ts';
import { view } from './benchmarks/view.ts';

export const benchmarks: readonly Benchmark[] = [
  start,
  bandwidth20,
  bandwidth100,
  bandwidth100calm,
  cost,
  deno,
  sample,
  lateness,
  load,
  history,
  signing,
  results,
  measuring,
  urgent,
  death,
  events,
  rolling,
  saturation,
  simulator,
  state,
  view,
];
