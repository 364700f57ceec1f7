// GET for the commands, and for quorums among nodes. Not fetch: it refuses the ports that browsers
// block, and nodes have them.

import * as http from 'node:http';
import type { Socket } from 'node:net';
import { OperatingError } from '../../errors.ts';
import { certificateTrouble } from '../../transport/support/certificates.ts';
import { createGuardedLookup } from '../../transport/support/guarded-lookup.ts';
import { trust } from '../../transport/support/trust.ts';
import { hostInUrl } from './interfaces.ts';

export interface Reply {
  readonly status: number;
  /** Undefined when it is no JSON: something else than a node listens there. */
  readonly body: unknown;
  /** Of its text. */
  readonly characters: number;
  /** The IP address that it came from, with its port, as `Host` has it. */
  readonly from: string | undefined;
}

/** Several times the longest page of a node; what goes on and on is no answer of one. */
export const MAX_ANSWER_BYTES = 32 * 2 ** 20;

export interface AskOptions {
  /** Longer answers fail, bytes. */
  readonly maxBytes?: number;
  /** Authority (PEM) to trust besides the system's own. */
  readonly ca?: string | undefined;
  /** The address is a peer's word: a name must not lead where no node can be. */
  readonly isGuarded?: boolean;
  /** What to call it in `Host`, in the place of the address's own name. */
  readonly calledHost?: string;
}

/** Rejects with an OperatingError when nobody answers in time, or more than `maxBytes`. */
export function ask(
  address: string | URL,
  timeoutMs: number,
  { maxBytes = MAX_ANSWER_BYTES, ca, isGuarded = false, calledHost }: AskOptions = {},
): Promise<Reply> {
  const url = new URL(address);
  const { request } = url.protocol === 'https:' ? process.getBuiltinModule('node:https') : http;
  const options = {
    signal: AbortSignal.timeout(timeoutMs),
    ...trust(ca),
    ...(isGuarded && { lookup: createGuardedLookup() }),
    ...(calledHost !== undefined && { headers: { Host: calledHost } }),
  };
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException): void => {
      reject(failureOf(url.origin, timeoutMs, cause));
    };
    const call = request(url, options, (response) => {
      let text = '';
      const from = hostAt(response.socket);
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
        if (text.length <= maxBytes) return;
        call.destroy(new OperatingError('unreachable', tooLong(url.origin, maxBytes)));
      });
      response.on('error', fail);
      response.on('end', () => {
        const { statusCode: status = 0 } = response;
        resolve({ status, body: readJson(text), characters: text.length, from });
      });
    });
    call.on('error', fail);
    call.end();
  });
}

/** Like all sentences here it lacks the dot at its end: callers go on. */
export const tooLong = (origin: string, maxBytes: number): string =>
  `${origin} answers with more than ${maxBytes} bytes, as no node does`;

function failureOf(
  origin: string,
  timeoutMs: number,
  cause: NodeJS.ErrnoException,
): OperatingError {
  if (cause instanceof OperatingError) return cause;
  const trouble = certificateTrouble(origin, cause.code ?? '', cause.message);
  if (trouble !== undefined) {
    return new OperatingError(trouble.code, trouble.sentence.slice(0, -1), { cause });
  }
  const isLate = cause.name === 'TimeoutError' || cause.name === 'AbortError';
  const what = isLate ? `did not answer within ${timeoutMs} ms` : 'does not answer';
  return new OperatingError('unreachable', `${origin} ${what}`, { cause });
}

/** Undefined once the connection is gone. */
const hostAt = ({ remoteAddress, remotePort }: Socket): string | undefined =>
  remoteAddress && `${hostInUrl(remoteAddress.replace(/%.*$/, ''))}:${remotePort}`;

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
