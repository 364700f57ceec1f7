// Refusals that no app sees: what Node's parser turns away, or the listener itself. All are problem
// details (RFC 9457), as the app's own are.

import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

export interface ListenerRefusal {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  /** One sentence with the fix. */
  readonly detail: string;
  readonly retryAfterSeconds?: number;
}

const textOf = ({ status, code, title, detail }: ListenerRefusal): string =>
  JSON.stringify({ type: 'about:blank', title, status, detail, code });

const headersOf = ({ retryAfterSeconds }: ListenerRefusal): Record<string, string> => ({
  'Content-Type': 'application/problem+json',
  'Cache-Control': 'no-store',
  Connection: 'close',
  ...(retryAfterSeconds !== undefined && { 'Retry-After': String(retryAfterSeconds) }),
});

/** The answer to a request that was understood. */
export function refuse(response: ServerResponse, refusal: ListenerRefusal): void {
  const body = textOf(refusal);
  const length = String(Buffer.byteLength(body));
  response.writeHead(refusal.status, { ...headersOf(refusal), 'Content-Length': length });
  response.end(body);
}

/** The same where there is no request to answer, on the bare connection. */
export function refuseBare(socket: Duplex, refusal: ListenerRefusal): void {
  const body = textOf(refusal);
  const head = Object.entries({
    ...headersOf(refusal),
    'Content-Length': String(Buffer.byteLength(body)),
  });
  const lines = head.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  // A caller that is gone already hears nothing.
  socket.on('error', () => {});
  socket.end(`HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\n${lines}\r\n${body}`);
  // Some never close their side.
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

const LINGER_MS = 1_000;

/** What the parser could not take, by Node's code of the error. */
export function parserRefusal(code: string | undefined, maxHeaderBytes: number): ListenerRefusal {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        ...{ status: 431, code: 'head_too_large', title: 'The head of the request is too large' },
        detail: `Address and headers may have ${maxHeaderBytes} bytes together; send less.`,
      };
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return {
        ...{ status: 413, code: 'too_large', title: 'The body is too large' },
        detail: 'Send the body with its content-length, and without extensions of chunks.',
      };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return {
        ...{ status: 408, code: 'too_slow', title: 'The request did not come in time' },
        detail: 'The request was not complete in time; send it again, and faster.',
      };
    default:
      return {
        ...{ status: 400, code: 'not_http', title: 'Not understood' },
        detail: 'This is no request of HTTP/1.1; speak HTTP, or https where the node has TLS.',
      };
  }
}

export const NO_TUNNEL: ListenerRefusal = {
  ...{ status: 405, code: 'method_not_allowed', title: 'Method not allowed' },
  detail: 'A node is no proxy, and so CONNECT leads nowhere; start at GET /.',
};

export const NO_EXPECTATION: ListenerRefusal = {
  ...{ status: 417, code: 'expectation_failed', title: 'The expectation cannot be met' },
  detail: 'Of Expect only 100-continue is known here; leave the header out.',
};

/** Undefined for a request that may go on to the app. */
export function refusalOf(
  request: IncomingMessage,
  maxBodyBytes: number,
): ListenerRefusal | undefined {
  const { headers, httpVersion } = request;
  if (httpVersion === '1.1' && headers.host === undefined) {
    const detail = 'HTTP/1.1 asks for a Host header; send the name or address that you call.';
    return { status: 400, code: 'no_host', title: 'The request names no host', detail };
  }
  // A body whose length is not told could be endless; no client of a node needs that.
  if (headers['transfer-encoding'] !== undefined) {
    const detail = 'Send the body with its content-length.';
    return { status: 411, code: 'length_required', title: 'The length is missing', detail };
  }
  if (Number(headers['content-length'] ?? 0) <= maxBodyBytes) return undefined;
  const detail = `A body may have ${maxBodyBytes} bytes here; send less at a time.`;
  return { status: 413, code: 'too_large', title: 'The body is too large', detail };
}

const answerOf = (refusal: ListenerRefusal): Response =>
  new Response(textOf(refusal), { status: refusal.status, headers: headersOf(refusal) });

/** What no URL can be made of, such as a Host that is no name. */
export const unreadable = (): Response =>
  answerOf({
    ...{ status: 400, code: 'bad_address', title: 'The request is not valid' },
    detail: 'Path and Host are no URL together; call the node as http://host:port/state.',
  });

/** The port is open before the node behind it is. */
export const starting = (): Response =>
  answerOf({
    ...{ status: 503, code: 'starting', title: 'The node is starting' },
    detail: 'The node is not ready to answer yet; ask again in a moment.',
    retryAfterSeconds: 1,
  });
