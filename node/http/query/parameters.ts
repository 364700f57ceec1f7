// What `GET /query` takes: the filters of `/state`, thresholds, aggregates, and a quorum.

import * as v from 'valibot';
import type { Status } from '../../core/model.ts';
import { STATUSES } from '../../core/model.ts';
import { exactly, list, single, span } from '../access/validate.ts';
import { badRequest } from '../answers/problem.ts';
import { StateQuery } from '../view/filter.ts';
import { isPattern } from '../view/patterns.ts';
import { AGGREGATE_RULE, isAggregate } from './aggregate.ts';
import { MAX_QUORUM, MAX_TIMEOUT_MS, MAX_TOP, MAX_TRIES, MIN_TIMEOUT_MS } from './limits.ts';
import { threshold } from './threshold.ts';

const DEFAULT_TRIES = 3;
const DEFAULT_TIMEOUT_MS = 5_000;

const whole = (most: number) => {
  const rule = `must be a whole number from 1 to ${most}`;
  return v.pipe(
    single,
    v.regex(/^\d{1,6}$/, (issue) => `${rule}, not ${issue.received}`),
    v.transform(Number),
    v.minValue(1, `${rule}, not 0`),
    v.maxValue(most, (issue) => `${rule}, not ${issue.received}`),
  );
};

const aggregateName = v.pipe(
  v.string(),
  v.check(isAggregate, (issue) => `${AGGREGATE_RULE}, not ${issue.received}`),
);

const ROWS_RULE = 'must be the first and the last, such as 1-30';
const rowsSpan = v.pipe(
  single,
  v.regex(/^[1-9]\d{0,5}-[1-9]\d{0,5}$/, (issue) => `${ROWS_RULE}, not ${issue.received}`),
  v.transform((written) => {
    const [first = 0, last = 0] = written.split('-').map(Number);
    return { first, last };
  }),
  v.check(({ first, last }) => first <= last, ROWS_RULE),
);

const TIMEOUT_RULE = `must be a duration from ${MIN_TIMEOUT_MS}ms to ${MAX_TIMEOUT_MS / 1_000}s`;

export const QueryParameters = exactly({
  ...StateQuery.entries,
  where: v.optional(v.pipe(list, v.maxLength(10, 'takes 10 values at most'), v.array(threshold))),
  aggregate: v.optional(v.pipe(list, v.array(aggregateName))),
  by: v.optional(
    v.pipe(
      single,
      v.regex(/^(metric|label:.{1,64})$/, (issue) => {
        return `must be metric, or label: and a name such as label:region, not ${issue.received}`;
      }),
    ),
  ),
  top: v.optional(whole(MAX_TOP)),
  /** Of each node: what it tells may be longer than its reader takes at once. */
  rows: v.optional(rowsSpan),
  quorum: v.optional(whole(MAX_QUORUM)),
  tries: v.optional(whole(MAX_TRIES)),
  timeout: v.optional(span(TIMEOUT_RULE, MIN_TIMEOUT_MS, MAX_TIMEOUT_MS)),
});

export type QueryInput = v.InferOutput<typeof QueryParameters>;

/** One node, by name: there a quorum can agree. */
export interface QuorumInput {
  readonly node: string;
  readonly metric: readonly string[] | undefined;
  readonly quorum: number;
  readonly tries: number;
  readonly timeoutMs: number;
}

const OF_MANY = ['label', 'status', 'where', 'aggregate', 'by', 'top'] as const;
const OF_ROWS = ['limit', 'after', 'rows'] as const;
const OF_A_QUORUM = ['tries', 'timeout'] as const;

/** Undefined without `quorum`; throws for parameters that mean nothing together. */
export function quorumInputOf(input: QueryInput): QuorumInput | undefined {
  if (input.quorum === undefined) {
    const lone = OF_A_QUORUM.find((name) => input[name] !== undefined);
    if (lone !== undefined) {
      throw badRequest('invalid_query', `\`${lone}\` belongs to a quorum; give \`quorum\` too.`);
    }
    if (input.by !== undefined && input.aggregate === undefined && input.top === undefined) {
      const fix = 'give `aggregate` or `top` too';
      throw badRequest('invalid_query', `\`by\` groups what is aggregated or ranked; ${fix}.`);
    }
    const page = OF_ROWS.find((name) => input[name] !== undefined);
    if (page !== undefined && (input.aggregate ?? input.top) !== undefined) {
      const fix = 'leave it out beside `aggregate` and `top`';
      throw badRequest('invalid_query', `\`${page}\` is for rows of all nodes in turn; ${fix}.`);
    }
    return undefined;
  }
  const other = [...OF_MANY, ...OF_ROWS].find((name) => input[name] !== undefined);
  if (other !== undefined) {
    throw badRequest(
      'invalid_query',
      `\`${other}\` is for many nodes, \`quorum\` asks about one; leave one of the two out.`,
    );
  }
  const [node, ...more] = input.node ?? [];
  if (node === undefined || more.length > 0 || isPattern(node)) {
    const fix =
      input.node === undefined
        ? 'name it with `node`'
        : `\`node\` is ${input.node.join(',')}, but must be one name`;
    throw badRequest('invalid_query', `\`quorum\` asks about one node; ${fix}.`);
  }
  return {
    node,
    metric: input.metric,
    quorum: input.quorum,
    tries: input.tries ?? DEFAULT_TRIES,
    timeoutMs: input.timeout ?? DEFAULT_TIMEOUT_MS,
  };
}

/**
 * Rows keep the dead, whose last state stays readable and whose status says so. Aggregates and
 * rankings are about what is: the dead and the left count only where `status` names them.
 */
export function statusesOf({ status, aggregate, top }: QueryInput): readonly Status[] {
  if (status !== undefined) return status;
  return aggregate === undefined && top === undefined ? STATUSES : ['alive', 'suspect'];
}
