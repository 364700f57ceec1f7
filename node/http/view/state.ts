// GET /state, /state/:node, /state/:node/:metric and /members: the cluster as this node sees it.

import { type Context, Hono, type TypedResponse } from 'hono';
import { nearestName } from '../../config/nearest.ts';
import type { ClusterView, MemberReading } from '../../core/model.ts';
import type { AppDependencies } from '../access/dependencies.ts';
import { exactly, valid } from '../access/validate.ts';
import type { Answering } from '../answers/answering.ts';
import { fresh } from '../answers/freshness.ts';
import { notFound } from '../answers/problem.ts';
import type {
  MembersAnswer,
  OneMetricAnswer,
  OneNodeAnswer,
  StateAnswer,
} from '../answers/shapes.ts';
import type { Piece } from '../answers/turns.ts';
import { createFamilies } from './families.ts';
import { type FilterInput, filterOf, MembersQuery, StateQuery, type ViewFilter } from './filter.ts';
import { nextOf, selectPage, textsOf, withoutMetrics } from './selection.ts';
import { unknownIn } from './unknown.ts';
import {
  commonJson,
  headingOf,
  heldMetricsJson,
  memberJson,
  metricRow,
  type Now,
  readClock,
} from './view-json.ts';
import { closing, createMetricTexts, nodeText, open } from './view-text.ts';

// Parameters are refused even where there are none: an ignored one looks like an answered one.
const NoQuery = exactly({});

/** ` Did you mean …?`, or nothing. */
const suggestion = (wanted: string, names: readonly string[]): string => {
  const name = nearestName(wanted, names);
  return name === undefined ? '' : ` Did you mean ${name}?`;
};

/** A view that never heard of the node cannot say whether it ever was. */
const memberOf = (view: ClusterView, id: string): MemberReading => {
  const member = view.member(id);
  if (member !== undefined) return member;
  const ids = view.heads().map((known) => known.id);
  throw notFound('unknown_node', `No node ${id} is known here.${suggestion(id, ids)}`);
};

/** What a node does not gossip is unknown here, though its owner may measure it. */
const metricOf = (member: MemberReading, name: string) => {
  const reading = member.metrics.find(({ definition }) => definition.name === name);
  if (reading !== undefined) return reading;
  const names = member.metrics.map(({ definition }) => definition.name);
  throw notFound(
    'unknown_metric',
    `Node ${member.id} has no metric ${name}.${suggestion(name, names)}`,
  );
};

interface Asked {
  readonly c: Context;
  readonly query: FilterInput;
  readonly filter: ViewFilter;
  readonly now: Now;
}

type Dependencies = Pick<AppDependencies, 'view' | 'clock'> & { readonly answering: Answering };

export const stateRoutes = ({ view, clock, answering }: Dependencies) => {
  const metricTexts = createMetricTexts();
  function* stateText({ c, query, filter, now }: Asked): Generator<Piece> {
    const page = selectPage(view, filter, query);
    const families = createFamilies(view);
    yield `${open(headingOf(view, now))},"nodes":{`;
    yield* textsOf(page.members, (selected) =>
      nodeText(selected, metricTexts, families, view, now),
    );
    // Which ones there are is known when all nodes are told.
    yield '},"families":{';
    yield* families.text();
    yield `}${closing({ ...nextOf(c, page.end()), ...unknownIn(view, query) })}`;
  }
  function* membersText({ c, query, filter, now }: Asked): Generator<Piece> {
    const page = selectPage(withoutMetrics(view), filter, query);
    yield `${open(headingOf(view, now))},"members":[`;
    yield* textsOf(page.members, ({ member }) => JSON.stringify(memberJson(member, view, now)));
    yield `]${closing({ ...nextOf(c, page.end()), ...unknownIn(view, query) })}`;
  }
  return new Hono()
    .get('/state', answering.recall, valid('query', StateQuery), async (c) => {
      const query = c.req.valid('query');
      const filter = filterOf(query);
      const answer = await answering.answer(c, (now) => stateText({ c, query, filter, now }));
      return answer as Response & TypedResponse<StateAnswer, 200, 'json'>;
    })
    .get('/state/:node', valid('query', NoQuery), fresh(view), (c) => {
      const member = memberOf(view, c.req.param('node'));
      const now = readClock(clock);
      const families = createFamilies(view);
      const metrics = heldMetricsJson(member.metrics, families, now);
      const answer: OneNodeAnswer = {
        ...{ ...headingOf(view, now), node: member.id, ...commonJson(member, view, now) },
        ...{ metrics, families: families.json() },
      };
      return c.json<OneNodeAnswer, 200>(answer, 200);
    })
    .get('/state/:node/:metric', valid('query', NoQuery), fresh(view), (c) => {
      const member = memberOf(view, c.req.param('node'));
      const reading = metricOf(member, c.req.param('metric'));
      const now = readClock(clock);
      const row = metricRow(member, reading, now);
      return c.json<OneMetricAnswer, 200>({ ...headingOf(view, now), ...row }, 200);
    })
    .get('/members', answering.recall, valid('query', MembersQuery), async (c) => {
      const query = c.req.valid('query');
      const filter = filterOf(query);
      const answer = await answering.answer(c, (now) => membersText({ c, query, filter, now }));
      return answer as Response & TypedResponse<MembersAnswer, 200, 'json'>;
    });
};
