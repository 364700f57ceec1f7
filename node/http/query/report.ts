// A quorum's result as it is answered: rows when it agreed, and in any case what each node said.

import type { QueryAnswer, QuorumAnswer } from '../answers/shapes.ts';
import { headingOf, type Now, readClock } from '../view/view-json.ts';
import { askQuorum, liveMembers, type QuorumDependencies } from './asking.ts';
import { rowsOf } from './holding.ts';
import type { QuorumInput } from './parameters.ts';
import { type QuorumResult, versionOf } from './quorum.ts';
import { spreadMs, stalenessOf } from './staleness.ts';

/** Without agreement there are no rows: a reader that overlooks the outcome must not use them. */
export async function answerQuorum(
  deps: QuorumDependencies,
  input: QuorumInput,
  statuses: QueryAnswer['statuses'],
): Promise<QueryAnswer> {
  const startedAt = deps.clock.monotonicMs();
  const result = await askQuorum(deps, input);
  const now = readClock(deps.clock);
  const { agreedOn } = result;
  const rows = agreedOn === undefined ? [] : rowsOf(input.node, agreedOn, now);
  const quorum = quorumJson(deps, input, result, startedAt, now);
  return { ...headingOf(deps.view, now), statuses, rows, aggregates: [], quorum };
}

function quorumJson(
  { view, peers }: QuorumDependencies,
  { node }: QuorumInput,
  result: QuorumResult,
  startedAt: number,
  { monotonicMs: now }: Now,
): QuorumAnswer {
  const { newest, agreedOn = newest } = result;
  const { outcome, wanted, agreed, votes, unknownTo, failed, tries, messages } = result;
  const spread = spreadMs(liveMembers(view).length, peers.settings);
  const facts = { target: node, result, startedAt, now, spreadMs: spread };
  return {
    outcome,
    detail: sentenceOf(node, result),
    wanted,
    agreed,
    newest: newest ? { generation: newest.generation, version: versionOf(newest) } : null,
    votes,
    unknownTo,
    failed,
    tries,
    messages,
    tookMs: Math.round(now - startedAt),
    staleness: agreedOn ? stalenessOf(agreedOn, facts) : null,
  };
}

function sentenceOf(node: string, result: QuorumResult): string {
  const { outcome, agreed, votes, unknownTo, failed, wanted } = result;
  const answered = votes.length + unknownTo.length;
  switch (outcome) {
    case 'agreed': {
      const hold = agreed.length === 1 ? '1 node holds' : `${agreed.length} nodes hold`;
      return `${hold} the newest state of ${node} that was seen, or one within its deltas.`;
    }
    case 'disagreed':
      return (
        `${nodesText(answered)} answered, but ${agreed.length} of ${wanted} wanted hold the ` +
        `newest state of ${node} that was seen; ask again, or with more tries.`
      );
    case 'unanswered':
      return (
        `${answered} of ${wanted} wanted nodes answered, ${failed.length} did not; ` +
        'ask again, or for fewer.'
      );
    case 'unknown':
      return `${nodesText(answered)} answered, and none holds anything of ${node}.`;
  }
}

const nodesText = (count: number): string => (count === 1 ? '1 node' : `${count} nodes`);
