// A Durable Object: starts its node when it is first needed after a sleep. What cannot start says
// why to every caller, and looks again now and then, for its settings may be mended.

import { OperatingError } from '../errors.ts';
import { createLog, type Log } from '../host/process/log.ts';
import { problemResponse } from '../http/answers/problem.ts';
import { type EdgeNode, startEdgeNode } from './node.ts';
import type { ObjectContext, ObjectStorage, WorkerEnvironment } from './platform.ts';
import { WAKE_URL } from './router.ts';
import { readSettings } from './settings.ts';

export interface EdgeObject {
  fetch(request: Request): Promise<Response>;
  alarm(): Promise<void>;
}

/** Who the object is; an alarm brings no address to read it from. */
interface Place {
  readonly id: string;
  readonly origin: string;
}

const PLACE = 'place';
const RETRY_MS = 600_000;

type Started = { readonly node: EdgeNode } | { readonly problems: readonly string[] };

export function createObject(context: ObjectContext, bindings: WorkerEnvironment): EdgeObject {
  const { storage } = context;
  let starting: Promise<Started> | undefined;

  const start = (place: Place): Promise<Started> => {
    starting ??= open(context, bindings, place);
    // A start that failed for no reason of the settings is tried anew by the next who asks.
    starting.catch(() => {
      starting = undefined;
    });
    return starting;
  };
  const alarm = async (): Promise<void> => {
    const place = storage.kv.get<Place>(PLACE);
    if (place === undefined) return;
    let started = await start(place);
    // A goodbye was for a time, which may be over.
    if ('node' in started && started.node.hasLeft) {
      starting = undefined;
      started = await start(place);
    }
    if ('node' in started) await started.node.alarm();
    else await storage.setAlarm(Date.now() + RETRY_MS);
  };
  /** A round now where there would be none any more; an object that sleeps well is left alone. */
  const wake = async (): Promise<Response> => {
    if (await hasNoAlarm(storage)) await alarm();
    return new Response(null, { status: 204 });
  };
  return {
    async fetch(request) {
      if (request.url === WAKE_URL) return wake();
      const place = storage.kv.get<Place>(PLACE) ?? keepPlace(context, placeOf(request));
      try {
        const started = await start(place);
        if ('node' in started) return await started.node.fetch(request);
        return refuse(request, started.problems);
      } catch (error) {
        logOf(place.id)('error', `The node cannot start; please report it: ${describe(error)}`);
        return problemResponse({
          status: 500,
          code: 'internal',
          title: 'The node failed to answer',
          detail: FAULT,
        });
      }
    },
    alarm,
  };
}

/** An alarm that is overdue by so much was given up, ms: Cloudflare's own tries end sooner. */
const LOST_MS = 300_000;

/** Whether nothing is going to wake the object by itself. */
async function hasNoAlarm(storage: ObjectStorage): Promise<boolean> {
  const at = await storage.getAlarm();
  return at === null || at < Date.now() - LOST_MS;
}

const FAULT = "This is a fault of the node, not of the request; the Worker's log has the cause.";

/** `/n/NAME/…` at the Worker's own address; the Worker lets no other request through. */
function placeOf(request: Request): Place {
  const { host, hostname, origin, pathname } = new URL(request.url);
  // The first caller may come without TLS: peers are to call with it.
  const isLocal = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
  return { id: pathname.split('/')[2] ?? '', origin: isLocal ? origin : `https://${host}` };
}

function keepPlace({ storage }: ObjectContext, place: Place): Place {
  storage.kv.put(PLACE, place);
  return place;
}

async function open(
  context: ObjectContext,
  bindings: WorkerEnvironment,
  { id, origin }: Place,
): Promise<Started> {
  const reading = readSettings(bindings);
  if (!reading.isOk) {
    const log = logOf(id);
    for (const sentence of reading.problems) log('error', sentence);
    await context.storage.setAlarm(Date.now() + RETRY_MS);
    return { problems: reading.problems };
  }
  const { settings, notes } = reading;
  const log = logOf(id, settings.config.logLevel);
  for (const note of notes) log('info', note);
  try {
    return { node: await startEdgeNode({ context, bindings, id, origin, settings, log }) };
  } catch (error) {
    if (!(error instanceof OperatingError) || error.code !== 'id_taken') throw error;
    log('error', error.message);
    await context.storage.setAlarm(Date.now() + RETRY_MS);
    return { problems: [error.message] };
  }
}

/** Lines of a Worker's log, which `wrangler tail` shows. */
const logOf = (id: string, level: Parameters<Log>[0] = 'info'): Log =>
  createLog(id, level, (line) => console.log(line.trimEnd()));

function refuse(request: Request, problems: readonly string[]): Response {
  if (new URL(request.url).pathname.endsWith('/livez')) return Response.json({ status: 'ok' });
  const detail = problems.join(' ');
  return problemResponse({
    status: 503,
    code: 'config_invalid',
    title: 'The settings of this node cannot hold',
    detail: detail,
  });
}

const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
