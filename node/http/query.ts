// GET /query: filters, thresholds and aggregates over this node's view, or one node's state as a
// quorum of nodes has it.

import { Hono, type MiddlewareHandler, type TypedResponse } from 'hono';
import type { ClusterView } from '../core/model.ts';
import type { QueryAnswer } from './answers.ts';
import type { AppDependencies } from './dependencies.ts';
import { filterOf } from './filter.ts';
import { fresh, tagOf } from './freshness.ts';
import { Problem } from './problem.ts';
import { aggregate, type GroupedRow, highest } from './query/aggregate.ts';
import { holdingOf, rowsOf } from './query/holding.ts';
import { type QueryInput, QueryParameters, quorumInputOf, statusesOf } from './query/parameters.ts';
import { answerQuorum } from './query/report.ts';
import { matchesAll } from './query/threshold.ts';
import { createRecentAnswers } from './recent.ts';
import { valid } from './validate.ts';
import { headingOf, type Now, readClock } from './view-json.ts';

/** Quorums under way at once: each keeps some connections, and strangers can ask for them. */
const MAX_QUORUMS = 8;

/** Rows of the view that pass the filters and thresholds, each with what it is grouped by. */
function selectRows(view: ClusterView, input: QueryInput, now: Now): GroupedRow[] {
  const filter = filterOf({ ...input, status: [...statusesOf(input)] });
  const label = input.by?.startsWith('label:') ? input.by.slice('label:'.length) : undefined;
  return view.members().flatMap((member) => {
    if (!filter.member(member) || !matchesAll(member, input.where ?? [])) return [];
    const metrics = filter.metrics(member) ?? [];
    const holding = holdingOf({ ...member, metrics });
    const hasLabel = label !== undefined && Object.hasOwn(member.labels, label);
    const group = hasLabel ? (member.labels[label] ?? null) : null;
    return holding ? rowsOf(member.id, holding, now).map((row) => ({ row, group })) : [];
  });
}

function answerFromView(view: ClusterView, input: QueryInput, now: Now): QueryAnswer {
  const { aggregate: names, top } = input;
  const selected = selectRows(view, input, now);
  const plain = names === undefined ? selected.map(({ row }) => row) : [];
  return {
    ...headingOf(view, now),
    statuses: [...statusesOf(input)],
    rows: top === undefined ? plain : highest(selected, top),
    aggregates: names === undefined ? [] : aggregate(selected, names),
  };
}

/** What peers answer may have changed while this node's view did not. */
const freshUnlessQuorum = (view: ClusterView): MiddlewareHandler => {
  const freshView = fresh(view);
  return (c, next) => (c.req.query('quorum') === undefined ? freshView(c, next) : next());
};

export const queryRoutes = (deps: Pick<AppDependencies, 'view' | 'clock' | 'peers'>) => {
  const { view, clock } = deps;
  const recent = createRecentAnswers();
  let quorums = 0;
  return new Hono().get(
    '/query',
    valid('query', QueryParameters),
    freshUnlessQuorum(view),
    async (c) => {
      const input = c.req.valid('query');
      const quorum = quorumInputOf(input);
      if (quorum !== undefined) {
        if (quorums >= MAX_QUORUMS) throw busy();
        quorums++;
        try {
          const answer = await answerQuorum(deps, quorum, [...statusesOf(input)]);
          return c.json<QueryAnswer, 200>(answer, 200, { 'Cache-Control': 'no-store' });
        } finally {
          quorums--;
        }
      }
      const now = readClock(clock);
      const body = recent.of(c.req.url, tagOf(view), now.monotonicMs, () =>
        answerFromView(view, input, now),
      );
      const answer: Response = c.body(body as Uint8Array<ArrayBuffer>, 200, {
        'Content-Type': 'application/json',
      });
      return answer as Response & TypedResponse<QueryAnswer, 200, 'json'>;
    },
  );
};

const busy = (): Problem =>
  new Problem({
    status: 503,
    code: 'busy',
    title: 'Too many quorums at once',
    detail: `${MAX_QUORUMS} quorums are under way here; ask again, or another node.`,
  });
