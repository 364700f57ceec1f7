// What of the view a reader asked for: by node, metric, label and status.

import * as v from 'valibot';
import type { Labels, MemberReading, MetricReading, Status } from '../core/model.ts';
import { STATUSES } from '../core/model.ts';
import { matcher } from './patterns.ts';
import { exactly, list } from './validate.ts';

const statusName = v.picklist(
  STATUSES,
  (issue) => `must be of ${STATUSES.join(', ')}, not ${issue.received}`,
);

// The first separator counts, so that values may hold URLs.
const label = v.pipe(
  v.string(),
  v.regex(/^[^:=]+[:=]/, 'must look like name:value or name=value'),
  v.transform((text) => {
    const at = text.search(/[:=]/);
    return { name: text.slice(0, at), value: text.slice(at + 1) };
  }),
);

const memberEntries = {
  node: v.optional(list),
  label: v.optional(v.pipe(list, v.array(label))),
  status: v.optional(v.pipe(list, v.array(statusName))),
};

/** Values of one parameter are alternatives; different parameters, and labels, all must hold. */
export const StateQuery = exactly({ ...memberEntries, metric: v.optional(list) });
export const MembersQuery = exactly(memberEntries);

export interface ViewFilter {
  member(member: MemberReading): boolean;
  /** The member's metrics that were asked for; undefined when it has none of them. */
  metrics(member: MemberReading): readonly MetricReading[] | undefined;
}

/** Values of one label are alternatives. Own properties only: peers' labels are plain objects. */
const labelMatcher = (wanted: readonly { name: string; value: string }[] | undefined) => {
  if (wanted === undefined) return () => true;
  const named = Map.groupBy(wanted, ({ name }) => name);
  return (labels: Labels) =>
    [...named].every(
      ([name, alternatives]) =>
        Object.hasOwn(labels, name) && alternatives.some(({ value }) => labels[name] === value),
    );
};

export const filterOf = (query: v.InferOutput<typeof StateQuery>): ViewFilter => {
  const nodeMatches = matcher('node', query.node);
  const metricMatches = matcher('metric', query.metric);
  const labelsMatch = labelMatcher(query.label);
  const statuses = new Set<Status>(query.status ?? STATUSES);
  return {
    member: (member) =>
      statuses.has(member.status) && nodeMatches(member.id) && labelsMatch(member.labels),
    metrics: (member) => {
      if (query.metric === undefined) return member.metrics;
      const wanted = member.metrics.filter(({ definition }) => metricMatches(definition.name));
      return wanted.length > 0 ? wanted : undefined;
    },
  };
};
