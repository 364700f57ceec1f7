// HTTP for benchmarks: every request on a connection of its own, so that none of its packets, not
// even a late goodbye, fall into a window that is measured.

import { type Agent, request } from 'node:http';

const TIMEOUT_MS = 5_000;

export interface Reply {
  readonly status: number;
  readonly text: string;
}

export interface AskOptions {
  readonly body?: object;
  /** Keeps connections for the next request. */
  readonly agent?: Agent;
}

/** Rejects when there is no answer within five seconds. */
export function ask(url: string, { body, agent }: AskOptions = {}): Promise<Reply> {
  const payload = body === undefined ? '' : JSON.stringify(body);
  const headers =
    body === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) };
  const method = body === undefined ? 'GET' : 'POST';
  return new Promise((resolve, reject) => {
    const options = { method, headers, agent: agent ?? false, timeout: TIMEOUT_MS };
    const call = request(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        text += piece;
      });
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    call.once('timeout', () => call.destroy(new Error(`no answer from ${url}`)));
    call.once('error', reject);
    call.end(payload);
  });
}

/** Rejects for any status but those of success. */
export async function askJson<T>(url: string): Promise<T> {
  const { status, text } = await ask(url);
  if (status < 200 || status > 299) throw new Error(`${url} answered ${status}`);
  return JSON.parse(text) as T;
}
