// How an object calls others: the other objects of its Worker by their binding, for a Worker cannot
// call itself over the network, and all other nodes by fetch.

import { TransportError } from '../../errors.ts';
import type { Transport } from '../../ports.ts';
import type { ObjectNamespace } from '../platform.ts';

export interface CallOptions {
  readonly objects: ObjectNamespace;
  /** Names of the objects there may be: a peer must not make others. */
  readonly nodes: readonly string[];
  /** What precedes an object's name in its address, such as `https://priomon.example.com/n/`. */
  readonly base: string;
}

export type Fetch = typeof globalThis.fetch;

export function createFetch({ objects, nodes, base }: CallOptions): Fetch {
  return (input, init) => {
    const request = new Request(input, init);
    const name = request.url.startsWith(base)
      ? request.url.slice(base.length).split(/[/?#]/, 1)[0]
      : undefined;
    const isSibling = name !== undefined && nodes.includes(name);
    const call = isSibling ? objects.getByName(name).fetch(request) : fetch(request);
    return call.catch(tellLimit);
  };
}

/** An invocation may make 50 calls: what exceeds them did not go out, and blames nobody. */
function tellLimit(error: unknown): never {
  if (!(error instanceof Error) || !/subrequests/i.test(error.message)) throw error;
  const sentence = 'This invocation has made all the calls that Cloudflare allows it.';
  throw new TransportError('closed', sentence, { cause: error });
}

export interface WatchedTransport extends Transport {
  /** Resolves when an exchange has ended, or at once when none is under way. */
  nextEnd(): Promise<void>;
}

/** Tells when exchanges end, for an object must not go to sleep before. */
export function watchTransport(transport: Transport): WatchedTransport {
  const active = new Set<Promise<void>>();
  return {
    ...transport,
    exchange(address, body, timeoutMs) {
      const exchange = transport.exchange(address, body, timeoutMs);
      const end = exchange.then(
        () => void active.delete(end),
        () => void active.delete(end),
      );
      active.add(end);
      return exchange;
    },
    nextEnd: async () => {
      if (active.size > 0) await Promise.race(active);
    },
  };
}
