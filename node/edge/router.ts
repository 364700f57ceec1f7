// The Worker in front of its objects: `/n/NAME/…` goes to the object of that name, `/` lists them.
// Asking for an object creates it, so only names that the Worker was given are asked for.

import type { WorkerEnvironment } from './platform.ts';
import { problem } from './problem.ts';
import { nodesOf } from './settings.ts';

/** What precedes a name in the path of a node's address. */
export const NODES_PATH = '/n/';

export async function route(request: Request, bindings: WorkerEnvironment): Promise<Response> {
  const url = new URL(request.url);
  const nodes = nodesOf(bindings);
  if (nodes.length === 0) {
    const detail =
      'PRIOMON_NODES names no node; give it the names of the objects that there are to be, such ' +
      'as edge-1,edge-2, and deploy again.';
    return problem(503, 'no_nodes', 'There are no nodes', detail);
  }
  const [, name] = /^\/n\/([^/]+)(?:\/|$)/.exec(url.pathname) ?? [];
  if (name !== undefined && nodes.includes(name)) {
    return bindings.NODES.getByName(name).fetch(request);
  }
  if (url.pathname !== '/') return unknown(url.pathname, nodes);
  const list = nodes.map((id) => ({ id, url: `${url.origin}${NODES_PATH}${id}/` }));
  return Response.json({ nodes: list }, { headers: { 'Cache-Control': 'no-store' } });
}

const unknown = (path: string, nodes: readonly string[]): Response =>
  problem(
    404,
    'no_such_node',
    'Not found',
    `There is no ${path.slice(0, 100)} here; the nodes are ${nodes.join(', ')}, each at /n/NAME/.`,
  );
