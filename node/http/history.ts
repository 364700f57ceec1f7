// GET /history: stored samples of a time span, down-sampled when asked.

import { Hono } from 'hono';
import * as v from 'valibot';
import { OperatingError } from '../errors.ts';
import type { HistoryPoint, HistoryQuery } from '../ports.ts';
import type { HistoryAnswer } from './answers.ts';
import type { AppDependencies } from './dependencies.ts';
import { isoTime } from './number.ts';
import { badRequest, Problem } from './problem.ts';
import { parseDurationMs, parseInstant } from './time.ts';
import { exactly, single, valid } from './validate.ts';

// Rows bound the answer's size and the store's work, whatever the span.
const MAX_ROWS = 10_000;
const DEFAULT_ROWS = 1_000;
const DEFAULT_SPAN_MS = 3_600_000;

const TIME_RULE = 'must be a time (2026-01-31T12:00:00Z or ms since 1970) or an age such as 1h';

/** Ages count back from now, which only the request knows. */
type Moment = (nowMs: number) => number;

const moment = v.pipe(
  single,
  v.transform((text): Moment | undefined => {
    const atMs = parseInstant(text);
    if (atMs !== undefined) return () => atMs;
    const agoMs = parseDurationMs(text);
    return agoMs === undefined ? undefined : (nowMs) => nowMs - agoMs;
  }),
  v.custom<Moment>((moment) => typeof moment === 'function', TIME_RULE),
);

const HistoryParameters = exactly({
  node: v.optional(single),
  metric: v.optional(single),
  from: v.optional(moment),
  to: v.optional(moment),
  step: v.optional(
    v.pipe(
      single,
      v.transform(parseDurationMs),
      v.number('must be a duration such as 30s or 5m, or 0 for the samples as stored'),
    ),
  ),
  limit: v.optional(
    v.pipe(
      single,
      v.regex(/^[1-9]\d{0,4}$/, `must be 1 to ${MAX_ROWS}`),
      v.transform(Number),
      v.maxValue(MAX_ROWS, `must be 1 to ${MAX_ROWS}`),
    ),
  ),
});

/** Absent ends are now, and an hour before the other end. */
const queryOf = (given: v.InferOutput<typeof HistoryParameters>, nowMs: number): HistoryQuery => {
  const toMs = given.to?.(nowMs) ?? nowMs;
  const fromMs = given.from?.(nowMs) ?? toMs - DEFAULT_SPAN_MS;
  if (fromMs > toMs) {
    throw badRequest('invalid_query', `\`from\` ${isoTime(fromMs)} is after ${isoTime(toMs)}.`);
  }
  return {
    ...(given.node === undefined ? {} : { node: given.node }),
    ...(given.metric === undefined ? {} : { metric: given.metric }),
    fromMs,
    toMs,
    stepMs: given.step ?? 0,
    limit: given.limit ?? DEFAULT_ROWS,
  };
};

const unavailable = (detail: string): Problem =>
  new Problem({ status: 503, code: 'no_history', title: 'There is no history now', detail });

/** A store in trouble is no fault of the program: its own sentence says what to mend. */
const ask = async (deps: Dependencies, query: HistoryQuery): Promise<HistoryPoint[]> => {
  if (deps.store.health().state === 'off') {
    throw unavailable('This node stores nothing; start it with --data DIR to keep history.');
  }
  try {
    return await deps.store.history(query);
  } catch (error) {
    if (error instanceof OperatingError) throw unavailable(error.message);
    throw error;
  }
};

type Dependencies = Pick<AppDependencies, 'view' | 'clock' | 'store'>;

export const historyRoutes = (deps: Dependencies) =>
  new Hono().get('/history', valid('query', HistoryParameters), async (c) => {
    const query = queryOf(c.req.valid('query'), deps.clock.wallMs());
    const points = await ask(deps, query);
    const { problem } = deps.store.health();
    return c.json<HistoryAnswer, 200>(
      {
        node: deps.view.selfId,
        from: isoTime(query.fromMs),
        to: isoTime(query.toMs),
        stepMs: query.stepMs,
        limited: points.length >= query.limit,
        ...(problem !== undefined && { remark: problem }),
        points: points.map(({ atMs, ...point }) => ({ ...point, at: isoTime(atMs) })),
      },
      200,
    );
  });
