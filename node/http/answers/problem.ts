// Every error answer: RFC 9457 problem details, from thrown problems and from anything else.

import type { Context, MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { CALL_SCHEME } from '../../signing/call.ts';
import { callerOf } from '../access/caller.ts';
import type { AppDependencies, Refusal } from '../access/dependencies.ts';
import type { ProblemAnswer } from './shapes.ts';

/** Thrown by a route to end the request with this refusal. */
export class Problem extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.detail);
    this.name = 'Problem';
    this.refusal = refusal;
  }
}

export const badRequest = (code: string, detail: string): Problem =>
  new Problem({ status: 400, code, title: 'The request is not valid', detail });

export const notFound = (code: string, detail: string): Problem =>
  new Problem({ status: 404, code, title: 'Not found', detail });

const LATER = 'ask again in a moment, or another node';

/** For what there is no room for now, and may be in a moment; `busyWith` opens a sentence. */
export const tooBusy = (busyWith: string, fix = LATER): Problem =>
  new Problem({
    status: 503,
    code: 'busy',
    title: 'Too much at once',
    detail: `${busyWith}; ${fix}.`,
    retryAfterSeconds: 1,
  });

/** Under which the context of a request holds why it was refused. */
const REFUSAL = 'refusal';

/** Tells of each request that was refused, whoever refused it. */
export const notedRefusals =
  ({ noteRefusal }: Pick<AppDependencies, 'noteRefusal'>): MiddlewareHandler =>
  async (c, next) => {
    await next();
    const refusal: Refusal | undefined = c.get(REFUSAL);
    if (refusal) noteRefusal?.(refusal, `${c.req.method} ${c.req.path}`, callerOf(c));
  };

const headersOf = ({ status, retryAfterSeconds }: Refusal): Record<string, string> => ({
  'Content-Type': 'application/problem+json',
  'Cache-Control': 'no-store',
  ...(retryAfterSeconds !== undefined && { 'Retry-After': String(retryAfterSeconds) }),
  ...(status === 401 && { 'WWW-Authenticate': `${CALL_SCHEME}, Bearer` }),
});

const textOf = ({ status, code, title, detail }: Refusal, extension: object = {}): string => {
  const problem: ProblemAnswer = { type: 'about:blank', title, status, detail, code };
  return JSON.stringify({ ...problem, ...extension });
};

/** `extension` adds members to the problem, as RFC 9457 allows. */
export const answerProblem = (c: Context, refusal: Refusal, extension?: object): Response => {
  c.set(REFUSAL, refusal);
  return c.body(
    textOf(refusal, extension),
    refusal.status as ContentfulStatusCode,
    headersOf(refusal),
  );
};

/** The same where there is no route, as in a Worker before there is a node. */
export const problemResponse = (refusal: Refusal): Response =>
  new Response(textOf(refusal), { status: refusal.status, headers: headersOf(refusal) });

/** What was not thrown on purpose becomes a 500 that says nothing of the inside. */
export const answerError =
  (deps: Pick<AppDependencies, 'reportError'>) =>
  (error: Error, c: Context): Response => {
    if (error instanceof Problem) return answerProblem(c, error.refusal);
    if (error instanceof HTTPException && error.status < 500) {
      return answerProblem(c, badRequest('malformed', `${error.message}.`).refusal);
    }
    deps.reportError(error, `${c.req.method} ${c.req.path}`);
    return answerProblem(c, {
      status: 500,
      code: 'internal',
      title: 'The node failed to answer',
      detail: "This is a fault of the node, not of the request; the node's log has the cause.",
    });
  };

/** Names the places to start from, for people who explore by hand. */
export const answerNotFound = (c: Context): Response =>
  answerProblem(
    c,
    notFound(
      'no_such_path',
      `There is no ${c.req.path} here; start at /, /state, /members, /history or /readyz.`,
    ).refusal,
  );

export const answerMethodNotAllowed = (c: Context, methods: readonly string[]): Response => {
  const allow = methods.join(', ');
  // Which methods there are is all that OPTIONS asks. An answer of its own, for the one that the
  // context holds by now has the type of a problem.
  if (c.req.method === 'OPTIONS') return new Response(null, { status: 204, headers: { allow } });
  c.header('Allow', allow);
  return answerProblem(c, {
    status: 405,
    code: 'method_not_allowed',
    title: 'Method not allowed',
    detail: `${c.req.path} answers ${methods.join(', ')}, not ${c.req.method}.`,
  });
};
