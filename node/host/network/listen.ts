// Puts an app on a TCP port of Node: bounded in all that strangers can do, and answering gossip in
// as few bytes as HTTP allows.

import {
  createServer,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { OperatingError } from '../../errors.ts';
import type { Traffic } from '../../ports.ts';
import { mayOpen, REFUSALS, sharesOf } from '../process/open-files.ts';
import type { Credentials } from '../security/certificates.ts';
import {
  type ConnectionCounts,
  type Connections,
  createConnections,
  cutOff,
} from './listen/connections.ts';
import { expensiveAtOnce, takeTurns } from './listen/handshakes.ts';
import {
  type ListenerRefusal,
  NO_EXPECTATION,
  NO_TUNNEL,
  parserRefusal,
  refusalOf,
  refuse,
  refuseBare,
  unreadable,
} from './listen/refusals.ts';
import { dialable, start } from './listen/start.ts';
import { createTurnstile } from './listen/turnstile.ts';

export { dialable } from './listen/start.ts';

export interface ListenOptions {
  /** IP address or name of this machine; 0.0.0.0 or :: for all of its addresses. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** What to speak https with; absent: plain HTTP. */
  readonly credentials?: Credentials | undefined;
  /** Larger request bodies are refused, bytes. */
  readonly maxBodyBytes?: number;
  /** Connections at once; when there are more, the longest idle gives way. */
  readonly maxConnections?: number;
  /** Of them, those of one address. */
  readonly maxConnectionsOfOne?: number;
  /** Until a request's head, and all of it, must have come, ms. */
  readonly headersTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
  /** A peer's connection may be idle this long, ms: longer than peers keep theirs. */
  readonly peerIdleMs?: number;
  /** Every other connection may be idle this long, ms. */
  readonly idleMs?: number;
  /** Told what goes wrong after the start, such as too many open files; perhaps very often. */
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
  connections(): ConnectionCounts;
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
  const { maxConnections = sharesOf(mayOpen()).callers } = options;
  const { maxConnectionsOfOne = maxConnections / 8 } = options;
  const connections = createConnections({ max: maxConnections, maxOfOne: maxConnectionsOfOne });
  const meter = createMeter();
  const server = createServerFor(options, takeRequests(app, options, connections, meter));
  guardConnections(server, connections, options);
  await start(server, options);
  server.on('error', (error) => {
    connections.fail();
    const fix = 'see which callers keep so many connections, or let the program open more files';
    const message = `The listener on port ${port} fails: ${error.message}; ${fix}.`;
    options.onProblem?.(new OperatingError('listener', message, { cause: error }));
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    address: `${options.credentials ? 'https' : 'http'}://${dialable(options.host)}:${port}`,
    show(credentials) {
      if ('setSecureContext' in server) server.setSecureContext(tlsOf(credentials));
    },
    traffic: meter.traffic,
    connections: connections.counts,
    close: () => stop(server, connections),
  };
}

function takeRequests(
  app: App,
  options: ListenOptions,
  connections: Connections,
  meter: Meter,
): RequestListener {
  const { maxBodyBytes = 128 * 1024, peerIdleMs = 720_000, onRefused } = options;
  const answer = getRequestListener(
    (request, { incoming }) => app.fetch(request, { caller: incoming.socket.remoteAddress }),
    // HTTP/1.0 names no host.
    { hostname: 'localhost', errorHandler: unreadable },
  );
  const turnstile = createTurnstile();
  return (request, response) => {
    const { socket } = request;
    const isGossip = request.method === 'POST' && request.url?.endsWith('/gossip') === true;
    if (!connections.begin(socket, response)) return cutOff(socket);
    meter.watch(socket, response, isGossip);
    const refusal = refusalOf(request, maxBodyBytes);
    if (refusal !== undefined) {
      if (isGossip) onRefused?.(refusal.code);
      return refuse(response, refusal);
    }
    // It stands for the whole program.
    if (request.url === '*') request.url = '/';
    if (isGossip) {
      spareBytes(response, () => {
        // Only who was answered as a peer may stay for long; strangers keep the common limit.
        socket.setTimeout(peerIdleMs);
        connections.keep(socket);
      });
    }
    turnstile.enter(() => {
      // Nobody waits any more where the connection is gone.
      if (!socket.destroyed) void answer(request, response);
    }, isGossip);
  };
}

/** What comes before a request is there, or instead of one. */
function guardConnections(
  server: Server | SecureServer,
  connections: Connections,
  { onProblem, credentials }: ListenOptions,
): void {
  let refusals = 0;
  server.on('connection', (socket) => {
    if (connections.open(socket)) return;
    const { address, count } = connections.largest();
    const message =
      `Connections are refused because all of this node's are in use: ${address} has most of ` +
      `them, ${count}; see what it does there.`;
    onProblem?.(new OperatingError('connections', message));
    // Nobody who waits for a handshake could read it; and each takes a file until its caller ends.
    if (credentials !== undefined || refusals >= REFUSALS) return void socket.destroy();
    refusals++;
    socket.once('close', () => refusals--);
    refuseBare(socket, FULL);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || connections.hasAnswered(socket)) return void socket.destroy();
    refuseBare(socket, parserRefusal(error.code, MAX_HEADER_BYTES));
  });
  server.on('connect', (_, socket) => refuseBare(socket, NO_TUNNEL));
  server.on('checkExpectation', ({ socket }, response) => {
    if (connections.begin(socket, response)) refuse(response, NO_EXPECTATION);
    else cutOff(socket);
  });
}

const FULL: ListenerRefusal = {
  ...{ status: 503, code: 'no_connection_free', title: 'Too many connections' },
  detail: 'All connections of this node are in use; ask again in a moment, or another node.',
  retryAfterSeconds: 1,
};

function createServerFor(options: ListenOptions, handle: RequestListener): Server | SecureServer {
  const { credentials, headersTimeoutMs = 5_000, requestTimeoutMs = 10_000 } = options;
  const settings: ServerOptions = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: Math.min(CHECK_INTERVAL_MS, headersTimeoutMs),
    keepAliveTimeout: options.idleMs ?? 30_000,
    // Refused here, with a reason.
    requireHostHeader: false,
  };
  if (credentials === undefined) return createServer(settings, handle);
  // Loaded only here: TLS takes megabytes that most clusters do not need.
  const { createServer: createSecureServer } = process.getBuiltinModule('node:https');
  const tls = { ...tlsOf(credentials), handshakeTimeout: headersTimeoutMs };
  const server = createSecureServer({ ...settings, ...tls }, handle);
  takeTurns(server, createTurnstile(), headersTimeoutMs);
  return server;
}

/** New credentials take the place of all that was said before. */
const tlsOf = ({ cert, key }: Credentials) => ({ cert, key, ...expensiveAtOnce() });

/** Node adds date, connection and keep-alive to every answer; HTTP/1.1 peers need none of them. */
function spareBytes(response: ServerResponse, onPeer: () => void): void {
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
    if (response.statusCode === 200) onPeer();
  });
}

function lengthIn(headers: unknown): string | number | undefined {
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (name.toLowerCase() === 'content-length') return value;
  }
  return undefined;
}

/** Reads the sockets' own counts after each answer; whatever came since the last belongs to it. */
type Meter = ReturnType<typeof createMeter>;

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

function stop(server: Server | SecureServer, connections: Connections): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(connections.endAll, CLOSE_GRACE_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
