// The part of fetch that a client of nodes needs, over Node's own HTTP: fetch itself refuses the
// ports that browsers block, and nodes have them.

import * as http from 'node:http';
import { trust } from '../transport/support/trust.ts';

/** `ca`: an authority (PEM) to trust besides the system's own. */
export const createFetch =
  (ca?: string): typeof fetch =>
  (target, init = {}) => {
    const url = new URL(target instanceof Request ? target.url : target);
    const { request } = url.protocol === 'https:' ? process.getBuiltinModule('node:https') : http;
    const { method = 'GET', signal } = init;
    const headers = Object.fromEntries(new Headers(init.headers));
    return new Promise((resolve, reject) => {
      const options = { method, headers, ...(signal && { signal }), ...trust(ca) };
      const call = request(url, options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          // Of some statuses a body, even an empty one, is a mistake.
          const body = chunks.length === 0 ? null : Buffer.concat(chunks);
          resolve(new Response(body, { status: response.statusCode ?? 502 }));
        });
      });
      call.on('error', reject);
      // With its length, for nodes take no body whose length is not told.
      call.end(bodyOf(init.body));
    });
  };

/** Clients of nodes send bytes or nothing. */
function bodyOf(body: RequestInit['body']): Uint8Array | undefined {
  if (body === null || body === undefined) return undefined;
  if (body instanceof Uint8Array) return body;
  throw new TypeError('only bytes are sent');
}
