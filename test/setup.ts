// Property tests draw the same values in every run, so that none depends on luck. To look further,
// give another seed: FUZZ_SEED=7 npm exec -- vitest run test/core

import fc from 'fast-check';

const DEFAULT_SEED = 20_261_121;

fc.configureGlobal({ seed: Number(process.env.FUZZ_SEED ?? DEFAULT_SEED) });
