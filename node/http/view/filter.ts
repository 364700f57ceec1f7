// What of the view a reader asked for: by node, metric, label and status.

import * as v from 'valibot';
import type { Labels, MemberHead, MetricReading, Status } from '../../core/model.ts';
import { STATUSES } from '../../core/model.ts';
import { exactly, list, single } from '../access/validate.ts';
import { isPattern, matcher } from './patterns.ts';

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

/** A fleet of so many nodes is one page; so much an answer may cost at most. */
export const MAX_PAGE_NODES = 1_000;
/** Names are shorter, so that nobody reads on after a longer one. */
const MAX_NAME_LENGTH = 128;

const PAGE_RULE = `must be a whole number from 1 to ${MAX_PAGE_NODES}`;

const pageEntries = {
  limit: v.optional(
    v.pipe(
      single,
      v.regex(/^[1-9]\d{0,3}$/, PAGE_RULE),
      v.transform(Number),
      v.maxValue(MAX_PAGE_NODES, PAGE_RULE),
    ),
  ),
  after: v.optional(v.pipe(single, v.maxLength(MAX_NAME_LENGTH, 'must be the name of a node'))),
};

/** Values of one parameter are alternatives; different parameters, and labels, all must hold. */
export const StateQuery = exactly({ ...memberEntries, metric: v.optional(list), ...pageEntries });
export const MembersQuery = exactly({ ...memberEntries, ...pageEntries });

export type FilterInput = Partial<v.InferOutput<typeof StateQuery>>;

export interface ViewFilter {
  member(member: MemberHead): boolean;
  /**
   * Those that were asked for; undefined when there is none of them. A number tells what it took to
   * look at names, counted in metrics of an answer.
   */
  metrics(
    metrics: readonly MetricReading[],
  ): Generator<number, readonly MetricReading[] | undefined>;
  /** What it takes to look at one node, counted in metrics of an answer. */
  readonly cost: number;
}

/** A pattern over the longest name takes as long as some metrics of an answer do. */
const PATTERN_COST = 8;

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

/** Whether a metric is asked for, by its own name or that of its family. */
export const isOf = (
  { name, family }: { readonly name: string; readonly family?: string | undefined },
  wanted: (name: string) => boolean,
): boolean => wanted(name) || (family !== undefined && wanted(family));

/** So many characters a pattern reads in the time that it takes to tell one metric. */
const CHARACTERS_READ = 64;
/** Names with the values of their labels may all differ, and be long. */
const MAX_REMEMBERED = 4_096;

export interface Remembering {
  matches(name: string): boolean;
  /** What it took to look at names since this was asked last, counted in metrics of an answer. */
  takeCost(): number;
}

/** Most members tell the same metrics, so that each name is looked at once. */
export function remembering(field: string, wanted: readonly string[] | undefined): Remembering {
  const matches = matcher(field, wanted);
  const patterns = (wanted ?? []).filter(isPattern).length;
  const known = new Map<string, boolean>();
  let cost = 0;
  return {
    matches(name) {
      const held = known.get(name);
      if (held !== undefined) return held;
      const isMatch = matches(name);
      cost += (patterns * name.length) / CHARACTERS_READ;
      if (known.size < MAX_REMEMBERED) known.set(name, isMatch);
      return isMatch;
    },
    takeCost() {
      const taken = cost;
      cost = 0;
      return taken;
    },
  };
}

/** Throws a Problem for patterns that are none. */
export const filterOf = (query: FilterInput): ViewFilter => {
  const nodeMatches = matcher('node', query.node);
  const { matches, takeCost } = remembering('metric', query.metric);
  const labelsMatch = labelMatcher(query.label);
  const statuses = new Set<Status>(query.status ?? STATUSES);
  return {
    member: (member) =>
      statuses.has(member.status) && nodeMatches(member.id) && labelsMatch(member.labels),
    *metrics(metrics) {
      if (query.metric === undefined) return metrics;
      const wanted: MetricReading[] = [];
      for (const reading of metrics) {
        if (isOf(reading.definition, matches)) wanted.push(reading);
        const cost = takeCost();
        if (cost > 0) yield cost;
      }
      return wanted.length > 0 ? wanted : undefined;
    },
    cost: 1 + PATTERN_COST * (query.node ?? []).filter(isPattern).length,
  };
};
