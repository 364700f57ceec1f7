// Outcomes of quorums in the words of the results.

import { expect, it } from 'vitest';
import { failureOf } from '../../../node/experiment/runs/stage.ts';

it('calls an agreement no failure, and every other outcome by a word of its own', () => {
  expect((['agreed', 'disagreed', 'unanswered', 'unknown'] as const).map(failureOf)).toEqual([
    '',
    'no_quorum',
    'unreachable',
    'unknown',
  ]);
});
