// GET /query: filters, thresholds and aggregates over this node's view, or one node's state as a
// quorum of nodes has it.

import { type Context, Hono, type TypedResponse } from 'hono';
import type { ClusterView } from '../core/model.ts';
import { networkOf } from './access/caller.ts';
import type { AppDependencies } from './access/dependencies.ts';
import { valid } from './access/validate.ts';
import type { Answering } from './answers/answering.ts';
import type { QueryAnswer } from './answers/shapes.ts';
import { createTurns, type Piece } from './answers/turns.ts';
import { createFigures, createRanking, type GroupedRow } from './query/aggregate.ts';
import { createAllowance } from './query/allowance.ts';
import {
  type QueryInput,
  QueryParameters,
  type QuorumInput,
  quorumInputOf,
  statusesOf,
} from './query/parameters.ts';
import { answerQuorum } from './query/report.ts';
import { createRoom, type Share } from './query/room.ts';
import { matchesAll } from './query/threshold.ts';
import { filterOf, type ViewFilter } from './view/filter.ts';
import { nextOf, type Selected, selectAll, selectPage, textsOf } from './view/selection.ts';
import { unknownIn } from './view/unknown.ts';
import { headingOf, metricRow, type Now } from './view/view-json.ts';
import { closing, open } from './view/view-text.ts';

/** What of a member passes the filters and thresholds, each row with what it is grouped by. */
function rowsOfMember({ member, metrics }: Selected, input: QueryInput, now: Now): GroupedRow[] {
  if (!matchesAll(member, input.where ?? [])) return [];
  const label = input.by?.startsWith('label:') ? input.by.slice('label:'.length) : undefined;
  const hasLabel = label !== undefined && Object.hasOwn(member.labels, label);
  const group = hasLabel ? (member.labels[label] ?? null) : null;
  const { generation, incarnation } = member;
  return metrics.map((reading) => ({
    row: { ...metricRow(member, reading, now), generation, incarnation },
    group,
    resolution: reading.definition.resolution,
  }));
}

/** Those of a node's metrics that stand in the span of rows, if one was asked for. */
const spanOf = ({ member, metrics }: Selected, { rows }: QueryInput): Selected =>
  rows === undefined
    ? { member, metrics }
    : { member, metrics: metrics.slice(rows.first - 1, rows.last) };

interface Asked {
  readonly c: Context;
  readonly input: QueryInput;
  readonly filter: ViewFilter;
}

/** The rows of this node's view, piece by piece. */
function* rowsText({ c, input, filter }: Asked, view: ClusterView, now: Now): Generator<Piece> {
  yield open({ ...headingOf(view, now), statuses: statusesOf(input) });
  const page = selectPage(view, filter, input);
  const withoutMetrics: NonNullable<QueryAnswer['withoutMetrics']> = [];
  yield ',"rows":[';
  yield* textsOf(page.members, (selected) => {
    const { id: node, status } = selected.member;
    // One with thresholds to keep does not match.
    if (selected.metrics.length === 0 && input.where === undefined) {
      withoutMetrics.push({ node, status });
    }
    const rows = rowsOfMember(spanOf(selected, input), input, now);
    return rows.map(({ row }) => JSON.stringify(row)).join(',');
  });
  const rest = {
    ...(withoutMetrics.length > 0 && { withoutMetrics }),
    ...nextOf(c, page.end()),
    ...unknownIn(view, input),
  };
  yield `],"aggregates":[]${closing(rest)}`;
}

/** The same for what is told of all rows together, which are held until the last one was seen. */
function* totalsText(
  { input, filter }: Asked,
  view: ClusterView,
  now: Now,
  share: Share,
): Generator<Piece> {
  const { aggregate: names, top } = input;
  yield open({ ...headingOf(view, now), statuses: statusesOf(input) });
  const figures = names && createFigures(names, share);
  const ranking = top === undefined ? undefined : createRanking(top, share);
  for (const found of selectAll(view, filter)) {
    yield typeof found === 'number' ? found : found.metrics.length;
    if (typeof found === 'number') continue;
    for (const row of rowsOfMember(found, input, now)) {
      figures?.add(row);
      ranking?.add(row);
    }
  }
  yield ',"rows":[';
  yield* listed(ranking?.rows());
  yield '],"aggregates":[';
  yield* listed(figures?.rows());
  yield `]${closing(unknownIn(view, input))}`;
}

function* listed(rows: Iterable<object | number> = []): Generator<Piece> {
  let comma = '';
  for (const row of rows) {
    if (typeof row === 'number') {
      yield row;
      continue;
    }
    yield `${comma}${JSON.stringify(row)}`;
    comma = ',';
  }
}

/** Gives back what it held when it was read, and when nobody reads on. */
function* answerText(asked: Asked, view: ClusterView, now: Now, room: Room): Generator<Piece> {
  const { aggregate, top } = asked.input;
  if (aggregate === undefined && top === undefined) return yield* rowsText(asked, view, now);
  const share = room.open();
  try {
    yield* totalsText(asked, view, now, share);
  } finally {
    share.close();
  }
}

type Room = ReturnType<typeof createRoom>;

type Dependencies = Pick<AppDependencies, 'view' | 'clock' | 'peers' | 'stats'> & {
  readonly answering: Answering;
};

export const queryRoutes = (deps: Dependencies) => {
  const { view, clock, answering } = deps;
  const allowance = createAllowance(clock);
  const turns = createTurns(clock);
  const room = createRoom();
  const askPeers = (c: Context, input: QueryInput, quorum: QuorumInput): Promise<QueryAnswer> =>
    allowance.grant(networkOf(c), quorum.quorum * quorum.tries, async () => {
      const share = room.open();
      try {
        const means = { ...deps, turns, share };
        const answer = await answerQuorum(means, quorum, [...statusesOf(input)]);
        return { answer, messages: answer.quorum?.messages ?? 0 };
      } finally {
        share.close();
      }
    });
  return new Hono().get('/query', answering.recall, valid('query', QueryParameters), async (c) => {
    const input = c.req.valid('query');
    const quorum = quorumInputOf(input);
    if (quorum !== undefined) {
      // What peers answer may have changed while this node's view did not.
      const told = { ...(await askPeers(c, input, quorum)), ...unknownIn(view, input) };
      return c.json<QueryAnswer, 200>(told, 200, { 'Cache-Control': 'no-store' });
    }
    const filter = filterOf({ ...input, status: [...statusesOf(input)] });
    const asked = { c, input, filter };
    const answer = await answering.answer(c, (now) => answerText(asked, view, now, room));
    return answer as Response & TypedResponse<QueryAnswer, 200, 'json'>;
  });
};
