// Exchanges over the platform's fetch, for Deno and Workers. It hides its connections: there is no
// disconnect hint, and traffic is the least that the same exchanges take as HTTP/1.1.

import { TransportError } from '../errors.ts';
import type { Transport } from '../ports.ts';
import {
  answerTooLarge,
  fromFetchError,
  gossipUrl,
  ofKeptConnection,
  statusRejected,
  timedOut,
  tooManyExchanges,
  transportClosed,
} from './support/failures.ts';
import { answerBytes, requestBytes } from './support/http-bytes.ts';

export interface FetchTransportOptions {
  /** The platform's own when absent. */
  readonly fetch?: typeof globalThis.fetch;
  /** Largest answer accepted, bytes of body. */
  readonly maxBytes?: number;
  /** Exchanges under way at once; more are dropped here. */
  readonly maxActive?: number;
}

const DEFAULT_MAX_BYTES = 128 * 1024;
/** Of a refusal only the reason is read. */
const MAX_REFUSAL_BYTES = 4_096;
/** Peers remembered as having answered; one that is forgotten is not tried twice. */
const MAX_KNOWN = 1_024;

export function createFetchTransport(options: FetchTransportOptions = {}): Transport {
  const { maxActive = 256 } = options;
  const { post, traffic } = createPoster(options);
  const active = new Set<AbortController>();
  const known = createMemory();
  let closed = false;

  // fetch keeps connections: a reset where there was an answer before may only mean that the kept
  // connection had ended.
  const failureOf = (address: string, error: unknown): TransportError => {
    const failure = error instanceof TransportError ? error : fromFetchError(address, error);
    const isStale = failure.failure === 'reset' && known.forget(address);
    return isStale ? ofKeptConnection(failure) : failure;
  };

  return {
    async exchange(address, body, timeoutMs) {
      if (closed) throw transportClosed();
      if (active.size >= maxActive) throw tooManyExchanges(maxActive);
      const controller = new AbortController();
      const timer = setTimeout(() => controller.abort(timedOut(address, timeoutMs)), timeoutMs);
      active.add(controller);
      try {
        const answer = await post(address, body, controller.signal);
        known.remember(address);
        return answer;
      } catch (error) {
        // Runtimes wrap the reason of an abort in their own ways; ours is kept in the signal.
        if (controller.signal.reason instanceof TransportError) throw controller.signal.reason;
        throw failureOf(address, error);
      } finally {
        clearTimeout(timer);
        active.delete(controller);
      }
    },
    onDisconnect() {},
    traffic,
    async close() {
      closed = true;
      for (const controller of active) controller.abort(transportClosed());
    },
  };
}

/** One request and its answer, counted. */
function createPoster(options: FetchTransportOptions) {
  // Workers refuse a fetch that is called as a method of another object.
  const fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const { maxBytes = DEFAULT_MAX_BYTES } = options;
  let sentBytes = 0;
  let receivedBytes = 0;
  return {
    async post(address: string, body: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
      const url = gossipUrl(address);
      // A copy, for fetch takes no view of memory that might be shared.
      const copy = new Uint8Array(body);
      sentBytes += requestBytes(url, body.length);
      const response = await fetch(url, { method: 'POST', body: copy, redirect: 'manual', signal });
      const accepted = response.status === 200;
      const answer = await readAtMost(response, accepted ? maxBytes : MAX_REFUSAL_BYTES);
      receivedBytes += answerBytes(answer?.length ?? 0);
      if (accepted && answer !== undefined) return answer;
      if (accepted) throw answerTooLarge(address, maxBytes);
      const type = response.headers.get('content-type') ?? '';
      throw statusRejected(address, response.status, type, new TextDecoder().decode(answer));
    },
    traffic: () => ({ sentBytes, receivedBytes }),
  };
}

/** The addresses that answered last, no more than `MAX_KNOWN`. */
function createMemory() {
  const known = new Set<string>();
  return {
    forget: (address: string): boolean => known.delete(address),
    remember(address: string): void {
      known.delete(address);
      known.add(address);
      for (const oldest of known) {
        if (known.size <= MAX_KNOWN) break;
        known.delete(oldest);
      }
    },
  };
}

/** The body, or nothing when it is longer than the limit; then the rest is not fetched. */
async function readAtMost(response: Response, limit: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop early cancels the stream.
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > limit) return undefined;
    chunks.push(chunk);
  }
  const only = chunks[0];
  if (chunks.length === 1 && only !== undefined) return only;
  const body = new Uint8Array(bytes);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}
