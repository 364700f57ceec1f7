// Invariant e: merging is commutative, associative and idempotent.

import { describe, expect, it } from 'vitest';
import { messagesMerge, runsMerge } from './merge.ts';

describe('e. merging is commutative, associative and idempotent', () => {
  it('for runs of one source, in any order and any number of times', () => {
    expect(runsMerge(1)).toEqual([]);
  });

  it('for whole messages of updates and entries', () => {
    expect(messagesMerge(1)).toEqual([]);
  });
});
