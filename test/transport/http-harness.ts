// Serves the transport contract over real HTTP, on ports that the system gives.

import { createServer } from 'node:net';
import { listen } from '../../node/host/network/listen.ts';
import type { Handler, Refusal, Served } from '../contract/transport.ts';

async function respond(handler: Handler, request: Request): Promise<Response> {
  const answer = await handler(new Uint8Array(await request.arrayBuffer()));
  return answer instanceof Uint8Array ? new Response(answer.slice()) : refuse(answer);
}

const refuse = (refusal: Refusal): Response =>
  new Response(JSON.stringify(refusal), {
    status: refusal.status,
    headers: { 'content-type': 'application/problem+json' },
  });

export async function serveHttp(handler: Handler, address?: string): Promise<Served> {
  const port = address === undefined ? 0 : Number(new URL(address).port);
  const app = { fetch: (request: Request) => respond(handler, request) };
  const listener = await listen(app, { host: '127.0.0.1', port });
  return { address: listener.address, stop: () => listener.close() };
}

/** A port that was free a moment ago. */
export function unusedAddress(): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const bound = server.address();
      const port = typeof bound === 'object' ? bound?.port : undefined;
      server.close(() => resolve(`http://127.0.0.1:${port}`));
    });
  });
}
