// GET /state, /state/:node, /state/:node/:metric and /members: the cluster as this node sees it.

import { Hono, type TypedResponse } from 'hono';
import { nearestName } from '../config/nearest.ts';
import type { ClusterView, MemberReading } from '../core/model.ts';
import type { MembersAnswer, MetricRow, OneNodeAnswer, StateAnswer } from './answers.ts';
import type { AppDependencies } from './dependencies.ts';
import { filterOf, MembersQuery, StateQuery, type ViewFilter } from './filter.ts';
import { fresh, tagOf } from './freshness.ts';
import { notFound } from './problem.ts';
import { createRecentAnswers } from './recent.ts';
import { exactly, valid } from './validate.ts';
import { headingOf, memberJson, metricRow, type Now, nodeJson, readClock } from './view-json.ts';

// Parameters are refused even where there are none: an ignored one looks like an answered one.
const NoQuery = exactly({});

const stateOf = (view: ClusterView, filter: ViewFilter, now: Now): StateAnswer => {
  const nodes = view
    .members()
    .filter(filter.member)
    .flatMap((member) => {
      const metrics = filter.metrics(member);
      return metrics === undefined
        ? []
        : [[member.id, nodeJson(member, metrics, view, now)] as const];
    });
  return { ...headingOf(view, now), nodes: Object.fromEntries(nodes) };
};

/** ` Did you mean …?`, or nothing. */
const suggestion = (wanted: string, names: readonly string[]): string => {
  const name = nearestName(wanted, names);
  return name === undefined ? '' : ` Did you mean ${name}?`;
};

/** A view that never heard of the node cannot say whether it ever was. */
const memberOf = (view: ClusterView, id: string): MemberReading => {
  const member = view.member(id);
  if (member !== undefined) return member;
  const ids = view.members().map((known) => known.id);
  throw notFound('unknown_node', `No node ${id} is known here.${suggestion(id, ids)}`);
};

/** What a node does not gossip is unknown here, though its owner may measure it. */
const metricOf = (member: MemberReading, name: string) => {
  const reading = member.metrics.find(({ definition }) => definition.name === name);
  if (reading !== undefined) return reading;
  const names = member.metrics.map(({ definition }) => definition.name);
  throw notFound(
    'unknown_metric',
    `Node ${member.id} tells no metric ${name}.${suggestion(name, names)}`,
  );
};

export const stateRoutes = ({ view, clock }: Pick<AppDependencies, 'view' | 'clock'>) => {
  const recent = createRecentAnswers();
  return new Hono()
    .get('/state', valid('query', StateQuery), fresh(view), (c) => {
      const now = readClock(clock);
      const body = recent.of(c.req.url, tagOf(view), now.monotonicMs, () =>
        stateOf(view, filterOf(c.req.valid('query')), now),
      );
      const answer: Response = c.body(body as Uint8Array<ArrayBuffer>, 200, {
        'Content-Type': 'application/json',
      });
      return answer as Response & TypedResponse<StateAnswer, 200, 'json'>;
    })
    .get('/state/:node', valid('query', NoQuery), fresh(view), (c) => {
      const member = memberOf(view, c.req.param('node'));
      const now = readClock(clock);
      const answer = nodeJson(member, member.metrics, view, now);
      return c.json<OneNodeAnswer, 200>({ ...headingOf(view, now), id: member.id, ...answer }, 200);
    })
    .get('/state/:node/:metric', valid('query', NoQuery), fresh(view), (c) => {
      const member = memberOf(view, c.req.param('node'));
      const reading = metricOf(member, c.req.param('metric'));
      return c.json<MetricRow, 200>(metricRow(member, reading, readClock(clock)), 200);
    })
    .get('/members', valid('query', MembersQuery), fresh(view), (c) => {
      const filter = filterOf(c.req.valid('query'));
      const now = readClock(clock);
      const members = view.members().filter(filter.member);
      return c.json<MembersAnswer, 200>(
        {
          ...headingOf(view, now),
          members: members.map((member) => memberJson(member, view, now)),
        },
        200,
      );
    });
};
