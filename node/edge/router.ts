// The Worker in front of its objects: `/n/NAME/…` goes to the object of that name, `/` lists them.
// Asking for an object creates it, so only names that the Worker was given are asked for.

import { notFound, problemResponse } from '../http/answers/problem.ts';
import type { WorkerEnvironment } from './platform.ts';
import { nodesOf } from './settings.ts';

/** The longest message with its signature, and far above what a user's metrics take. */
export const MAX_BODY_BYTES = 66 * 1024;

/** What an object is asked by its Worker alone: `route` lets no such path through. */
export const WAKE_URL = 'https://object.invalid/wake';

/** What precedes a name in the path of a node's address. */
export const NODES_PATH = '/n/';

export async function route(request: Request, bindings: WorkerEnvironment): Promise<Response> {
  const url = new URL(request.url);
  const nodes = nodesOf(bindings);
  if (nodes.length === 0) {
    const detail =
      'PRIOMON_NODES names no node; give it the names of the objects that there are to be, such ' +
      'as edge-1,edge-2, and deploy again.';
    return problemResponse({
      status: 503,
      code: 'no_nodes',
      title: 'There are no nodes',
      detail: detail,
    });
  }
  const [, name] = /^\/n\/([^/]+)(?:\/|$)/.exec(url.pathname) ?? [];
  if (name !== undefined && nodes.includes(name)) {
    const bounded = await withBody(request);
    return bounded === undefined ? tooLarge() : await ask(bindings, name, bounded);
  }
  if (url.pathname !== '/') return unknown(url.pathname, nodes);
  const list = nodes.map((node) => ({ node, url: `${url.origin}${NODES_PATH}${node}/` }));
  return Response.json({ nodes: list }, { headers: { 'Cache-Control': 'no-store' } });
}

/**
 * Wakes the objects that nothing else would: alarms are lost where the storage refuses each attempt
 * for some minutes, for Cloudflare tries a failed one six times more and then never again.
 */
export async function wake(bindings: WorkerEnvironment): Promise<void> {
  const woken = nodesOf(bindings).map((name) => ask(bindings, name, new Request(WAKE_URL)));
  await Promise.all(woken);
}

/** An object may be on its way to another machine, or its account's day used up. */
async function ask(bindings: WorkerEnvironment, name: string, request: Request): Promise<Response> {
  try {
    return await bindings.NODES.getByName(name).fetch(request);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const detail = `The object ${name} cannot be asked now (${why}); ask again, or another node.`;
    return problemResponse({
      status: 503,
      code: 'object_unavailable',
      title: 'The node does not answer',
      detail: detail,
    });
  }
}

/** With its body at hand, so that no object is woken for one that it would refuse. */
async function withBody(request: Request): Promise<Request | undefined> {
  if (request.body === null) return request;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return new Request(request, { body: new Blob(chunks as Uint8Array<ArrayBuffer>[]) });
}

const unknown = (path: string, nodes: readonly string[]): Response => {
  const there = `the nodes are ${nodes.join(', ')}, each at /n/NAME/.`;
  const detail = `There is no ${path.slice(0, 100)} here; ${there}`;
  return problemResponse(notFound('no_such_node', detail).refusal);
};

const tooLarge = (): Response =>
  problemResponse({
    status: 413,
    code: 'too_large',
    title: 'The body is too large',
    detail: `A body may have ${MAX_BODY_BYTES} bytes here; send less at a time.`,
  });
