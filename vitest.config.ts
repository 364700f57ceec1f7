import { defineConfig } from 'vitest/config';
import { LongestFirst, WORKERS } from './test/support/order.ts';
import { IS_LONG, scaled } from './test/support/scale.ts';
import { createSkippedReporter } from './test/support/skipped.ts';
import { createSummaryReporter } from './test/verify/summary.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', ...(IS_LONG ? ['test/**/*.trial.ts'] : [])],
    setupFiles: ['test/setup.ts'],
    // One more than there are cores, for some tests mostly wait; more would make processes late.
    maxWorkers: WORKERS.length,
    // What hundreds of files import is loaded once by each worker; files clean up after themselves.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    reporters: ['default', ...(IS_LONG ? [createSummaryReporter()] : []), createSkippedReporter()],
    testTimeout: scaled(60_000, 1_800_000),
    hookTimeout: scaled(60_000, 1_800_000),
  },
});
