// Why a query was not answered, in the words of the results.

import type { QuorumOutcome } from '../../http/query/quorum.ts';

/** Fewer nodes lived, as far as the coordinator knew, than the quorum wanted. */
export const TOO_FEW = 'too_few';

const FAILURES: Readonly<Record<QuorumOutcome, string>> = {
  agreed: '',
  disagreed: 'no_quorum',
  unanswered: 'unreachable',
  unknown: 'unknown',
};

export const failureOf = (outcome: QuorumOutcome): string => FAILURES[outcome];
