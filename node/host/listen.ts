// Puts an app on a TCP port of Node: bounded in all that strangers can do, and answering gossip in
// as few bytes as HTTP allows.

import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { OperatingError } from '../errors.ts';
import type { Traffic } from '../ports.ts';
import type { Credentials } from './certificates.ts';

export interface ListenOptions {
  /** IP address or name of this machine; 0.0.0.0 or :: for all of its addresses. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** What to speak https with; absent: plain HTTP. */
  readonly credentials?: Credentials | undefined;
  /** Larger request bodies are refused, bytes. */
  readonly maxBodyBytes?: number;
  /** Connections at once; more are ended as they come. */
  readonly maxConnections?: number;
  /** Until a request's head, and all of it, must have come, ms. */
  readonly headersTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
  /** A peer's connection may be idle this long, ms: longer than peers keep theirs. */
  readonly peerIdleMs?: number;
  /** Every other connection may be idle this long, ms. */
  readonly idleMs?: number;
  /** Told what goes wrong after the start, such as too many open files. */
  readonly onProblem?: (problem: OperatingError) => void;
  /** Told of gossip that was turned away before the app saw it, with the answer's code. */
  readonly onRefused?: (code: string) => void;
}

export interface Listener {
  readonly port: number;
  /** URL to open on this machine. */
  readonly address: string;
  /** For connections from now on; does nothing on plain HTTP. */
  show(credentials: Credentials): void;
  /** Bytes of HTTP in answered requests: exchanges, and all the rest. */
  traffic(): { readonly gossip: Traffic; readonly other: Traffic };
  /** Takes no more requests; those under way get 300 ms to end. */
  close(): Promise<void>;
}

export interface App {
  fetch(request: Request, environment?: unknown): Response | Promise<Response>;
}

const CLOSE_GRACE_MS = 300;
const MAX_HEADER_BYTES = 8_192;
/** How often Node looks for requests that take too long. */
const CHECK_INTERVAL_MS = 2_000;

export async function listen(app: App, options: ListenOptions): Promise<Listener> {
  const {
    maxBodyBytes = 128 * 1024,
    headersTimeoutMs = 5_000,
    requestTimeoutMs = 10_000,
  } = options;
  const answer = getRequestListener((request, { incoming }) =>
    app.fetch(request, { caller: incoming.socket.remoteAddress }),
  );
  const meter = createMeter();
  const server = createServerFor(
    options.credentials,
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: Math.min(CHECK_INTERVAL_MS, headersTimeoutMs),
      keepAliveTimeout: options.idleMs ?? 30_000,
    },
    (request, response) => {
      const isGossip = request.method === 'POST' && request.url?.endsWith('/gossip') === true;
      meter.watch(request.socket, response, isGossip);
      const refusal = bodyRefusal(request, maxBodyBytes);
      if (refusal !== undefined) {
        if (isGossip) options.onRefused?.(refusal.code);
        return refuse(response, refusal);
      }
      if (isGossip) spareBytes(request, response, options.peerIdleMs ?? 720_000);
      answer(request, response);
    },
  );
  server.maxConnections = options.maxConnections ?? 1_024;
  await start(server, options);
  server.on('error', (error) => {
    const message = `The listener on port ${port} has trouble: ${error.message}.`;
    options.onProblem?.(new OperatingError('listener', message, { cause: error }));
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    address: `${options.credentials ? 'https' : 'http'}://${dialable(options.host)}:${port}`,
    show(credentials) {
      if ('setSecureContext' in server) server.setSecureContext(pemOf(credentials));
    },
    traffic: meter.traffic,
    close: () => stop(server),
  };
}

function createServerFor(
  credentials: Credentials | undefined,
  settings: ServerOptions & { readonly headersTimeout: number },
  handle: RequestListener,
): Server | SecureServer {
  if (credentials === undefined) return createServer(settings, handle);
  // Loaded only here: TLS takes megabytes that most clusters do not need.
  const { createServer: createSecureServer } = process.getBuiltinModule('node:https');
  const handshakeTimeout = settings.headersTimeout;
  return createSecureServer({ ...settings, ...pemOf(credentials), handshakeTimeout }, handle);
}

const pemOf = ({ cert, key }: Credentials) => ({ cert, key });

/** Node adds date, connection and keep-alive to every answer; HTTP/1.1 peers need none of them. */
function spareBytes(request: IncomingMessage, response: ServerResponse, peerIdleMs: number): void {
  response.sendDate = false;
  response.removeHeader('connection');
  const writeHead = response.writeHead.bind(response);
  const writeLeanHead = (status: number, headers?: unknown): ServerResponse => {
    if (status !== 200) return writeHead(status, headers as Record<string, string>);
    const length = lengthIn(headers);
    return length === undefined
      ? writeHead(status)
      : writeHead(status, { 'Content-Length': length });
  };
  response.writeHead = writeLeanHead as typeof response.writeHead;
  response.once('finish', () => {
    // Only who was answered as a peer may stay for long; strangers keep the common limit.
    if (response.statusCode === 200) request.socket.setTimeout(peerIdleMs);
  });
}

function lengthIn(headers: unknown): string | number | undefined {
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (name.toLowerCase() === 'content-length') return value;
  }
  return undefined;
}

/** A body whose length is not told could be endless; no client of a node needs that. */
function bodyRefusal(request: IncomingMessage, maxBodyBytes: number) {
  if (request.headers['transfer-encoding'] !== undefined) {
    const detail = 'Send the body with its content-length.';
    return { status: 411, code: 'length_required', title: 'The length is not told', detail };
  }
  if (Number(request.headers['content-length'] ?? 0) <= maxBodyBytes) return undefined;
  const detail = `A body may have ${maxBodyBytes} bytes here; send less at a time.`;
  return { status: 413, code: 'too_large', title: 'The body is too large', detail };
}

function refuse(response: ServerResponse, problem: { readonly status: number }): void {
  response.writeHead(problem.status, {
    'content-type': 'application/problem+json',
    connection: 'close',
  });
  response.end(JSON.stringify({ type: 'about:blank', ...problem }));
}

/** Reads the sockets' own counts after each answer; whatever came since the last belongs to it. */
function createMeter() {
  const counts = {
    gossip: { sentBytes: 0, receivedBytes: 0 },
    other: { sentBytes: 0, receivedBytes: 0 },
  };
  const seen = new WeakMap<Socket, Traffic>();
  return {
    watch(socket: Socket, response: ServerResponse, isGossip: boolean): void {
      response.once('close', () => {
        const before = seen.get(socket) ?? { sentBytes: 0, receivedBytes: 0 };
        const now = { sentBytes: socket.bytesWritten, receivedBytes: socket.bytesRead };
        const count = isGossip ? counts.gossip : counts.other;
        count.sentBytes += now.sentBytes - before.sentBytes;
        count.receivedBytes += now.receivedBytes - before.receivedBytes;
        seen.set(socket, now);
      });
    },
    traffic: () => ({ gossip: { ...counts.gossip }, other: { ...counts.other } }),
  };
}

function start(server: Server | SecureServer, { host, port }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(startProblem(error, host, port));
    server.once('error', fail);
    server.listen({ host, port }, () => {
      server.off('error', fail);
      resolve();
    });
  });
}

function startProblem(error: NodeJS.ErrnoException, host: string, port: number): OperatingError {
  const say = (code: string, message: string) =>
    new OperatingError(code, message, { cause: error });
  switch (error.code) {
    case 'EADDRINUSE':
      return say(
        'port_taken',
        `Port ${port} on ${host} is taken; stop the program that holds it or choose another port.`,
      );
    case 'EACCES':
      return say(
        'port_forbidden',
        `Port ${port} needs rights that this user lacks; choose a port from 1024 up.`,
      );
    case 'EADDRNOTAVAIL':
    // Deno's word for it.
    case 'EINVAL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return say(
        'host_unavailable',
        `${host} is no address of this machine; listen on 127.0.0.1, 0.0.0.0 or one it has.`,
      );
    default:
      return say('listen_failed', `Port ${port} on ${host} cannot be opened: ${error.message}.`);
  }
}

/** A wildcard is no address to dial; brackets belong around IPv6. */
export function dialable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

function stop(server: Server | SecureServer): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
