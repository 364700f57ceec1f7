// The HTTP client of commands and of quorums among nodes. Not fetch, which refuses the ports that
// browsers block: nodes have them.

import * as http from 'node:http';
import type { Socket } from 'node:net';
import { OperatingError } from '../../errors.ts';
import { TOO_MUCH } from '../../http/answers/pages.ts';
import { certificateProblem } from '../../transport/support/certificates.ts';
import { createGuardedLookup } from '../../transport/support/guarded-lookup.ts';
import { secureHttp, trust } from '../../transport/support/trust.ts';
import { hostInUrl } from './interfaces.ts';

/** Several times the longest page of a node; what goes on and on is no answer of one. */
const MAX_ANSWER_BYTES = 32 * 2 ** 20;

/** Shorter ones are taken apart in no time, though many come at one moment. */
const LONG_BYTES = 16 * 1024;

interface Answer {
  readonly status: number;
  readonly body: Buffer;
  /** The IP address that it came from, with its port, as `Host` has it. */
  readonly from: string | undefined;
}

/** Rejects with the system's error, or an OperatingError when the answer is too long. */
function call(
  url: URL,
  options: http.RequestOptions,
  maxBytes: number,
  body?: Uint8Array,
): Promise<Answer> {
  const { request: open } = url.protocol === 'https:' ? secureHttp() : http;
  return new Promise((resolve, reject) => {
    const request = open(url, options, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const from = hostAt(response.socket);
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= maxBytes) chunks.push(chunk);
        else request.destroy(tooLong(url, maxBytes));
      });
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks), from });
      });
    });
    request.on('error', reject);
    // With its length, for nodes take no body whose length is not told.
    request.end(body);
  });
}

/** Like all sentences here it lacks the dot at its end: callers go on. */
const tooLong = ({ origin }: URL, maxBytes: number): OperatingError =>
  new OperatingError(
    TOO_MUCH,
    `${origin} answers with more than ${maxBytes} bytes, as no node does`,
  );

/** Undefined once the connection is gone. */
const hostAt = ({ remoteAddress, remotePort }: Socket): string | undefined =>
  remoteAddress && `${hostInUrl(remoteAddress.replace(/%.*$/, ''))}:${remotePort}`;

export interface Reply {
  readonly status: number;
  /** Undefined when it is no JSON: something else than a node listens there. */
  readonly body: unknown;
  /** Of its text. */
  readonly characters: number;
  readonly from: Answer['from'];
}

export interface AskOptions {
  /** Longer answers fail, bytes. */
  readonly maxBytes?: number;
  /** Authority (PEM) to trust besides the system's own. */
  readonly ca?: string | undefined;
  /** The address is a peer's word: a name must not lead where no node can be. */
  readonly isGuarded?: boolean;
  /** Waited for before a long answer is taken apart: a made-up one may take its 20 ms. */
  readonly turn?: () => Promise<void>;
  /** What to call it in `Host`, in the place of the address's own name. */
  readonly calledHost?: string;
}

/** A GET. Rejects with an OperatingError when no answer comes in time, or one that is too long. */
export async function ask(
  address: string | URL,
  timeoutMs: number,
  { maxBytes = MAX_ANSWER_BYTES, ca, isGuarded = false, calledHost, turn }: AskOptions = {},
): Promise<Reply> {
  const url = new URL(address);
  const options = {
    signal: AbortSignal.timeout(timeoutMs),
    ...trust(ca),
    ...(isGuarded && { lookup: createGuardedLookup() }),
    ...(calledHost !== undefined && { headers: { Host: calledHost } }),
  };
  const { status, body, from } = await call(url, options, maxBytes).catch((cause) => {
    throw failureOf(url.origin, timeoutMs, cause);
  });
  if (body.length > LONG_BYTES) await turn?.();
  const text = body.toString();
  return { status, body: readJson(text), characters: text.length, from };
}

function failureOf(
  origin: string,
  timeoutMs: number,
  cause: NodeJS.ErrnoException,
): OperatingError {
  if (cause instanceof OperatingError) return cause;
  const problem = certificateProblem(origin, cause.code ?? '', cause.message);
  if (problem !== undefined) {
    return new OperatingError(problem.code, problem.sentence.slice(0, -1), { cause });
  }
  const isLate = cause.name === 'TimeoutError' || cause.name === 'AbortError';
  const what = isLate ? `did not answer within ${timeoutMs} ms` : 'does not answer';
  return new OperatingError('unreachable', `${origin} ${what}`, { cause });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The part of fetch that a client of nodes needs. `ca`: an authority (PEM) to trust besides the
 * system's own.
 */
export const createFetch =
  (ca?: string): typeof fetch =>
  async (target, init = {}) => {
    const url = new URL(target instanceof Request ? target.url : target);
    const { method = 'GET', signal } = init;
    const headers = Object.fromEntries(new Headers(init.headers));
    const options = { method, headers, ...(signal && { signal }), ...trust(ca) };
    const answer = await call(url, options, MAX_ANSWER_BYTES, bodyOf(init.body)).catch((cause) => {
      throw cause instanceof OperatingError ? noNode(cause.message) : cause;
    });
    const { status, body } = answer;
    // A Response of them would be a mistake of the program.
    if (status < 200 || status > 599) {
      throw noNode(`${url.origin} answers with the status ${status}`);
    }
    // Of some statuses a body, even an empty one, is a mistake.
    const isEmpty = body.length === 0 || BODILESS.has(status);
    return new Response(isEmpty ? null : new Uint8Array(body), { status });
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
