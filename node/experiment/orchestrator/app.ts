// Experiments over HTTP, as PrioMon's own orchestrator had them: /start, /stop, what happens as
// events, and a page with all of it. It never listens.

import { type Context, Hono } from 'hono';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { OperatingError } from '../../errors.ts';
import { ownPagesOnly, unlinked } from '../../http/access/guard.ts';
import { pageHeaders } from '../../http/access/policy.ts';
import {
  answerError,
  answerMethodNotAllowed,
  answerProblem,
  badRequest,
  notFound,
  Problem,
} from '../../http/answers/problem.ts';
import { streamOf } from './events.ts';
import { renderPage } from './page.ts';
import { SCRIPT } from './script.ts';
import type { Session } from './session.ts';
import { STYLE } from './style.ts';

export interface OrchestratorDependencies {
  readonly session: Session;
  /** Started when a request names none. */
  readonly fallback: string;
  /** Ready-made experiments: a request chooses among names, and never a path. */
  readonly presets: readonly string[];
  /** Ends the event streams. */
  readonly signal: AbortSignal;
  readonly reportError: (error: Error, where: string) => void;
}

const MAX_WATCHERS = 32;

/** No name leads to this program but localhost: a stranger's could be made to. */
const BY_ADDRESS = { view: { selfId: '', member: () => undefined }, allowedHosts: [] };

const NEVER_KEPT = { 'Cache-Control': 'no-store' } as const;

export function createOrchestratorApp(deps: OrchestratorDependencies) {
  const { session } = deps;
  const app = new Hono();
  app.onError(answerError(deps));
  app.notFound((c) => {
    const detail = `There is no ${c.req.path} here; start at /, /start, /stop, /events or /status.`;
    return answerProblem(c, notFound('no_such_path', detail).refusal);
  });
  app.use(ownPagesOnly(BY_ADDRESS));
  app.use(methodNotAllowed({ app, onMethodNotAllowed: answerMethodNotAllowed }));
  app.on(['GET', 'POST'], '/start', unlinked, async (c) => {
    const { file, resume } = await chosen(c, deps);
    await told(() => session.start(file, resume));
    return answered(c, session);
  });
  app.on(['GET', 'POST'], '/stop', unlinked, async (c) => {
    await told(() => session.stop());
    return answered(c, session);
  });
  app.get('/status', (c) => c.json(session.status(), 200, NEVER_KEPT));
  app.get('/events', (c) => {
    if (session.watching() >= MAX_WATCHERS) throw tooMany();
    return c.body(streamOf(session, deps.signal), 200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
    });
  });
  const headers = pageHeaders({ style: STYLE, script: SCRIPT, hasForms: true });
  app.get('/', async (c) =>
    c.html(renderPage({ ...deps, status: session.status() }), 200, await headers),
  );
  return app;
}

const FORM = 'application/x-www-form-urlencoded';

/** In the address, or in the body as the page's form sends it. */
async function chosen(c: Context, { fallback, presets }: OrchestratorDependencies) {
  const type = c.req.header('Content-Type') ?? FORM;
  if (!type.startsWith(FORM)) {
    const fix = 'send file and resume as a form, or in the address';
    throw badRequest('wrong_type', `A body of ${type} is not read here; ${fix}.`);
  }
  const given = { ...(await c.req.parseBody()), ...c.req.query() };
  const stranger = Object.keys(given).find((name) => name !== 'file' && name !== 'resume');
  if (stranger !== undefined) {
    throw badRequest('unknown_field', `${stranger} is no field here; there are file and resume.`);
  }
  const { file = fallback, resume = '' } = given;
  if (typeof file !== 'string' || typeof resume !== 'string') {
    throw badRequest('bad_form', 'file and resume are texts, and no files to upload.');
  }
  if (file !== fallback && !presets.includes(file)) {
    const names = presets.join(', ');
    throw badRequest('unknown_file', `There is no ready-made experiment ${file}; choose ${names}.`);
  }
  if (!['', '0', '1'].includes(resume)) {
    throw badRequest('bad_resume', `resume is ${resume}, but must be 1, or be left out.`);
  }
  return { file, resume: resume === '1' };
}

/** What went wrong as an answer: in conflict with what runs, or with what is on this machine. */
async function told(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    const { code, message: detail } = error;
    const isConflict = code === 'running' || code === 'not_running';
    const title = isConflict ? 'Not now' : 'The experiment cannot be started';
    throw new Problem({ status: isConflict ? 409 : 400, code, title, detail });
  }
}

const tooMany = (): Problem =>
  new Problem({
    status: 503,
    code: 'too_many_watchers',
    title: 'Too many watchers',
    detail: `${MAX_WATCHERS} readers of /events is the most; close some, or ask /status.`,
  });

/** A browser goes to the page, a program is told how all stands. */
function answered(c: Context, session: Session): Response {
  if (c.req.header('Accept')?.includes('text/html')) return c.redirect('./', 303);
  return c.json(session.status(), 202, NEVER_KEPT);
}
