// Exchanges over HTTP as Node speaks it: kept connections, a packet a message, no needless header.

import * as http from 'node:http';
import type { TransportError } from '../errors.ts';
import type { Transport } from '../ports.ts';
import { mayBeOutdated, outdatedProblem } from './support/certificates.ts';
import { type ConnectionPool, createConnectionPool } from './support/connection-pool.ts';
import {
  answerTooLarge,
  fromSystemError,
  gossipUrl,
  notBelieved,
  ofKeptConnection,
  statusRejected,
  timedOut,
  tooManyExchanges,
  transportClosed,
} from './support/failures.ts';
import { readValidity } from './support/peer-certificate.ts';
import { secureHttp } from './support/trust.ts';

export interface NodeHttpOptions {
  /** Largest answer accepted, bytes of body. */
  readonly maxBytes?: number;
  /** Idle connections live this long, ms; must be shorter than the listener's own limit. */
  readonly idleMs?: number;
  /** Idle connections kept over all peers; the one idle longest goes first. */
  readonly maxIdle?: number;
  /** Exchanges under way at once; more are dropped here. */
  readonly maxActive?: number;
  /** Authorities (PEM) to trust for peers on https, besides the system's own, as they are now. */
  readonly ca?: () => string | undefined;
}

/** Ten minutes: a pair that speaks every 100 s keeps its connection. */
export const DEFAULT_IDLE_MS = 600_000;
const DEFAULT_MAX_BYTES = 128 * 1024;
const MAX_ANSWER_HEADER_BYTES = 4_096;
/** Of a refusal only the reason is read. */
const MAX_REFUSAL_BYTES = 4_096;

/** Nobody waits longer for the look at a certificate that was not believed. */
const LOOK_LIMIT_MS = 1_000;

/** One exchange under way. */
interface Call {
  readonly address: string;
  readonly url: URL;
  readonly body: Uint8Array;
  readonly maxBytes: number;
  readonly pool: ConnectionPool;
  request: http.ClientRequest | undefined;
  isOpen(): boolean;
  /** The first call counts, later ones do nothing. */
  settle(outcome: Uint8Array | TransportError): void;
}

export function createNodeHttpTransport(options: NodeHttpOptions = {}): Transport {
  const { maxBytes = DEFAULT_MAX_BYTES, maxActive = 256 } = options;
  const listeners: ((address: string) => void)[] = [];
  const pool = createConnectionPool({
    idleMs: options.idleMs ?? DEFAULT_IDLE_MS,
    maxIdle: options.maxIdle ?? 256,
    ca: options.ca ?? (() => undefined),
    onDisconnect: (address) => {
      for (const listener of listeners) listener(address);
    },
  });
  const active = new Set<Call>();
  let closed = false;

  const start = (address: string, body: Uint8Array, timeoutMs: number): Promise<Uint8Array> => {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const settle: Call['settle'] = (outcome) => {
      if (!active.delete(call)) return;
      clearTimeout(timer);
      if (outcome instanceof Uint8Array) resolve(outcome);
      else reject(outcome);
    };
    const isOpen = () => active.has(call);
    const url = gossipUrl(address);
    const call: Call = { address, url, body, maxBytes, pool, request: undefined, isOpen, settle };
    const timer = setTimeout(() => abort(call, timedOut(address, timeoutMs)), timeoutMs);
    active.add(call);
    send(call);
    return promise;
  };

  return {
    async exchange(address, body, timeoutMs) {
      if (closed) throw transportClosed();
      if (active.size >= maxActive) throw tooManyExchanges(maxActive);
      return start(address, body, timeoutMs);
    },
    onDisconnect: (listener) => void listeners.push(listener),
    traffic: pool.traffic,
    async close() {
      closed = true;
      for (const call of active) abort(call, transportClosed());
      pool.close();
    },
  };
}

function abort(call: Call, error: TransportError): void {
  call.settle(error);
  call.request?.destroy();
}

function send(call: Call): void {
  const { request: open } = call.url.protocol === 'https:' ? secureHttp() : http;
  const request = open(call.url, {
    method: 'POST',
    agent: call.pool.agentFor(call.url),
    maxHeaderSize: MAX_ANSWER_HEADER_BYTES,
  });
  call.request = request;
  // HTTP/1.1 keeps connections without being asked.
  request.removeHeader('connection');
  let isKept = false;
  request.once('socket', (socket) => {
    isKept = request.reusedSocket;
    // Deno would send once more by itself what fails on a kept connection, even what is given up.
    request.reusedSocket = false;
    call.pool.adopt(socket, call.address);
  });
  let answered = false;
  request.once('response', (response) => {
    answered = true;
    read(call, response);
  });
  request.on('error', (error) => {
    const failure = fromSystemError(call.address, error);
    const isStale = !answered && isKept && failure.failure === 'reset';
    if (isStale && call.isOpen()) {
      // Other idle connections to that address will have ended as well.
      call.pool.drop(call.address);
      call.settle(ofKeptConnection(failure));
    } else void lookCloser(call, failure).then(call.settle);
  });
  // Header and body leave in one write, hence in one packet.
  request.end(call.body);
}

/** Says what the dates of a peer's certificate say, where the runtime did not tell. */
async function lookCloser(call: Call, failure: TransportError): Promise<TransportError> {
  if (failure.problem === undefined || !mayBeOutdated(failure.problem)) return failure;
  const validity = await readValidity(call.url, LOOK_LIMIT_MS);
  const outdated = validity && outdatedProblem(call.address, validity, Date.now());
  return outdated === undefined ? failure : notBelieved(outdated, failure.cause);
}

function read(call: Call, response: http.IncomingMessage): void {
  const accepted = response.statusCode === 200;
  const limit = accepted ? call.maxBytes : MAX_REFUSAL_BYTES;
  const chunks: Buffer[] = [];
  let bytes = 0;
  const refuse = (body: string): TransportError => {
    const type = response.headers['content-type'] ?? '';
    return statusRejected(call.address, response.statusCode ?? 0, type, body);
  };
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= limit) chunks.push(chunk);
    else abort(call, accepted ? answerTooLarge(call.address, limit) : refuse(''));
  });
  response.on('end', () => {
    const first = chunks[0];
    const body = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
    call.settle(accepted ? body : refuse(body.toString()));
  });
  response.on('error', (error) => call.settle(fromSystemError(call.address, error)));
}
