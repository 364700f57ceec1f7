// Property tests draw the same values in every run, so that none depends on luck. To look further,
// give another seed: FUZZ_SEED=7 npm exec -- vitest run test/core

import fc from 'fast-check';
import { IS_LONG, SEED } from './support/scale.ts';

/** fast-check's own is 100. */
const LONG_RUNS = 5_000;

fc.configureGlobal({ seed: SEED, ...(IS_LONG && { numRuns: LONG_RUNS }) });
