// Invariant e: merging is commutative, associative and idempotent.

import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import { messagesMerge, runsMerge } from './merge.ts';

describe('e. merging is commutative, associative and idempotent', () => {
  it('for runs of one source, in any order and any number of times', () => {
    fc.assert(runsMerge, { numRuns: 2_000, seed: 1 });
  });

  it('for whole messages of statements and entries', () => {
    fc.assert(messagesMerge, { numRuns: 1_000, seed: 1 });
  });
});
