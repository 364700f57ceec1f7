// The part of fetch that a client of nodes needs, over Node's own HTTP: fetch itself refuses the
// ports that browsers block, and nodes have them.

import * as http from 'node:http';
import { OperatingError } from '../../errors.ts';
import { trust } from '../../transport/support/trust.ts';
import { MAX_ANSWER_BYTES, tooLong } from './ask.ts';

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
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes <= MAX_ANSWER_BYTES) chunks.push(chunk);
          else call.destroy(noNode(tooLong(url.origin, MAX_ANSWER_BYTES)));
        });
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode: status = 0 } = response;
          // A Response of them throws, and here nobody would catch it.
          if (status < 200 || status > 599) {
            return reject(noNode(`${url.origin} answers with the status ${status}`));
          }
          // Of some statuses a body, even an empty one, is a mistake.
          const isEmpty = chunks.length === 0 || BODILESS.has(status);
          resolve(new Response(isEmpty ? null : Buffer.concat(chunks), { status }));
        });
      });
      call.on('error', reject);
      // With its length, for nodes take no body whose length is not told.
      call.end(bodyOf(init.body));
    });
  };

const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

const noNode = (sentence: string): OperatingError =>
  new OperatingError('no_node', `${sentence}; is it a PrioMon node?`);

/** Clients of nodes send bytes or nothing. */
function bodyOf(body: RequestInit['body']): Uint8Array | undefined {
  if (body === null || body === undefined) return undefined;
  if (body instanceof Uint8Array) return body;
  throw new TypeError('only bytes are sent');
}
