// GET for the commands, and for quorums among nodes. Not fetch: it refuses the ports that browsers
// block, and nodes have them.

import * as http from 'node:http';
import { OperatingError } from '../errors.ts';

export interface Reply {
  readonly status: number;
  /** Undefined when it is no JSON: something else than a node listens there. */
  readonly body: unknown;
}

/** Rejects with an OperatingError when nobody answers in time, or more than `maxBytes`. */
export function ask(
  address: string | URL,
  timeoutMs: number,
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<Reply> {
  const url = new URL(address);
  const { request } = url.protocol === 'https:' ? process.getBuiltinModule('node:https') : http;
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void => {
      const isLate = cause.name === 'TimeoutError' || cause.name === 'AbortError';
      const what = isLate ? `did not answer within ${timeoutMs} ms` : 'does not answer';
      reject(new OperatingError('unreachable', `${url.origin} ${what}`, { cause }));
    };
    const call = request(url, { signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
        if (text.length > maxBytes) call.destroy(new Error(`more than ${maxBytes} bytes`));
      });
      response.on('error', fail);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: readJson(text) }));
    });
    call.on('error', fail);
    call.end();
  });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
