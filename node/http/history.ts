// GET /history: stored samples of a time span, or what held in each of its steps.

import { type Context, Hono, type TypedResponse } from 'hono';
import * as v from 'valibot';
import { timeBefore } from '../config/times.ts';
import { OperatingError } from '../errors.ts';
import type { History, HistoryQuery } from '../ports.ts';
import { networkOf } from './access/caller.ts';
import type { AppDependencies } from './access/dependencies.ts';
import { exactly, moment, single, span, valid } from './access/validate.ts';
import type { Answering } from './answers/answering.ts';
import { isoTime } from './answers/number.ts';
import { createPlaces, type PlaceLimits } from './answers/places.ts';
import { badRequest, Problem } from './answers/problem.ts';
import type { HistoryAnswer } from './answers/shapes.ts';
import type { Piece } from './answers/turns.ts';
import { type Cursor, cursor, cursorAfter, withoutTold, writeCursor } from './history/cursor.ts';
import { createHolds, type Holds } from './history/holds.ts';
import { notesOf } from './history/notes.ts';
import { createTold, seriesText, type Told } from './history/series.ts';
import { refuseUnknown } from './history/unknown.ts';
import { headingOf, readClock } from './view/view-json.ts';

// Points bound the answer's size and the store's work, whatever the span.
const MAX_POINTS = 10_000;
const DEFAULT_POINTS = 1_000;
const DEFAULT_SPAN_MS = 3_600_000;
/** Two questions are answered at a time, each in some seconds at most. */
const BUSY_SECONDS = 3;
/** A step is a number of ms that databases can count with. */
const MAX_STEP_MS = 10 * 366 * 86_400_000;

const STEP_RULE =
  'must be a duration such as 30s or 5m (a plain number is seconds), 3660d at most, or 0 for ' +
  'the samples as stored';

const HistoryParameters = exactly({
  node: v.optional(single),
  metric: v.optional(single),
  from: v.optional(moment),
  to: v.optional(moment),
  before: v.optional(cursor),
  step: v.optional(span(STEP_RULE, 0, MAX_STEP_MS)),
  limit: v.optional(
    v.pipe(
      single,
      v.regex(/^[1-9]\d{0,4}$/, `must be 1 to ${MAX_POINTS}`),
      v.transform(Number),
      v.maxValue(MAX_POINTS, `must be 1 to ${MAX_POINTS}`),
    ),
  ),
});

type Given = v.InferOutput<typeof HistoryParameters>;

const BOTH_ENDS = '`before` takes the place of `to`; leave one of the two out.';

/** Absent ends are now, and an hour before the other end. Of the future nothing is told. */
const spanOf = (given: Given, nowMs: number): Pick<HistoryQuery, 'fromMs' | 'toMs'> => {
  if (given.to && given.before) throw badRequest('invalid_query', BOTH_ENDS);
  const to = given.before ?? given.to ?? { spanMs: 0 };
  const toMs = Math.min('toMs' in to ? to.toMs : timeBefore(to, nowMs), nowMs);
  const fromMs = given.from ? timeBefore(given.from, nowMs) : toMs - DEFAULT_SPAN_MS;
  if (Math.min(fromMs, toMs) < 0) {
    throw badRequest('invalid_query', 'A time before 1970 has no history; give a later one.');
  }
  if (fromMs > toMs) {
    const end = toMs === nowMs ? `${isoTime(toMs)}, which is now` : isoTime(toMs);
    throw badRequest('invalid_query', `\`from\` ${isoTime(fromMs)} is after ${end}.`);
  }
  return { fromMs, toMs };
};

const queryOf = (given: Given, deps: Dependencies, holds: Holds): HistoryQuery => ({
  ...(given.node === undefined ? {} : { node: given.node }),
  ...(given.metric === undefined ? {} : { metric: given.metric }),
  ...spanOf(given, deps.clock.wallMs()),
  stepMs: given.step ?? 0,
  limit: (given.limit ?? DEFAULT_POINTS) + (given.before?.told ?? 0),
  observer: deps.view.selfId,
  ...holds.of(given.node),
});

const unavailable = (detail: string, isBusy = false): Problem =>
  new Problem({
    status: 503,
    code: 'no_history',
    title: 'There is no history now',
    detail,
    ...(isBusy && { retryAfterSeconds: BUSY_SECONDS }),
  });

/**
 * As many as a store works on at once: more would wait there in the order in which they came, and
 * one caller's before another's.
 */
const QUESTIONS: PlaceLimits = {
  most: 2,
  mostOfOne: 2,
  busy: () =>
    unavailable(
      'Too many questions about the past are asked at once; ask again, or for less.',
      true,
    ),
};

/** A degraded store is no fault of the program: its own sentence says what to mend. */
const ask = async (
  deps: Dependencies,
  query: HistoryQuery,
  signal: AbortSignal,
): Promise<History> => {
  if (deps.store.health().state === 'off') {
    throw unavailable('This node stores nothing; start it with --data DIR to keep history.');
  }
  try {
    return await deps.store.history(query, signal);
  } catch (error) {
    if (error instanceof OperatingError) {
      throw unavailable(error.message, error.code === 'store_busy');
    }
    throw error;
  }
};

type Dependencies = Pick<AppDependencies, 'view' | 'clock' | 'store' | 'peers'> & {
  readonly answering: Answering;
};

/** JSON knows no NaN. */
const known = (value = Number.NaN, round: (value: number) => number): number | null =>
  Number.isNaN(value) ? null : round(value);

/** Points of one piece. */
const WRITTEN_AT_ONCE = 100;

/** The answer as JSON, in pieces: ten thousand points at once would hold up gossip. */
function* textOf(
  answer: Omit<HistoryAnswer, 'series' | 'points'>,
  series: Iterable<Piece>,
  { lines, points }: History,
  told: Told,
): Generator<Piece> {
  yield `${JSON.stringify(answer).slice(0, -1)},"series":`;
  yield* series;
  yield ',"points":[';
  const { length } = points.atMs;
  for (let start = 0; start < length; start += WRITTEN_AT_ONCE) {
    const texts: HistoryAnswer['points'] = [];
    for (let place = start; place < Math.min(length, start + WRITTEN_AT_ONCE); place++) {
      const line = lines[points.line[place] ?? 0];
      if (line === undefined) continue;
      const round = told.rounder(line);
      texts.push({
        ...line,
        at: isoTime(points.atMs[place] ?? 0),
        min: known(points.min[place], round),
        avg: known(points.avg[place], round),
        max: known(points.max[place], round),
        count: points.count[place] ?? 0,
      });
    }
    // To make one is work beside its text.
    yield texts.length;
    yield `${start === 0 ? '' : ','}${JSON.stringify(texts).slice(1, -1)}`;
  }
  yield ']}';
}

/** Ages count from now, so that the rest has to name the times that they came to. */
function nextOf(c: Context, { fromMs }: HistoryQuery, rest: Cursor | undefined) {
  if (rest === undefined || rest.toMs < fromMs || rest.told > MAX_POINTS) return {};
  const { searchParams } = new URL(c.req.url);
  searchParams.delete('to');
  searchParams.set('from', String(Math.floor(fromMs)));
  searchParams.set('before', writeCursor(rest));
  return { next: `history?${searchParams}` };
}

export const historyRoutes = (deps: Dependencies) => {
  const holds = createHolds(deps);
  const places = createPlaces(deps.clock, QUESTIONS);
  return new Hono().get('/history', valid('query', HistoryParameters), async (c) => {
    const given = c.req.valid('query');
    const query = queryOf(given, deps, holds);
    // Of a client that is gone nobody reads the answer, and the question ends.
    const { signal } = c.req.raw;
    const leave = await places.enter(networkOf(c), signal);
    const answered = await ask(deps, query, signal).finally(leave);
    const history = withoutTold(answered, given.before?.told ?? 0);
    refuseUnknown(deps, query, history);
    const { problem, queuedRows } = deps.store.health();
    const heading = {
      ...headingOf(deps.view, readClock(deps.clock)),
      from: isoTime(history.fromMs),
      to: isoTime(history.toMs),
      stepMs: query.stepMs,
      limited: history.limited !== undefined,
      ...nextOf(c, query, cursorAfter(query, history, given.before)),
      notes: notesOf(query, history, deps.clock.wallMs(), queuedRows),
      ...(problem !== undefined && { remark: problem }),
    };
    const told = createTold(deps);
    const series = seriesText(deps, query, history, told);
    const answer = await deps.answering.send(c, textOf(heading, series, history, told));
    return answer as Response & TypedResponse<HistoryAnswer, 200, 'json'>;
  });
};
