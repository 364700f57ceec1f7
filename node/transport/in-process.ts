// A network without sockets: nodes of one process exchange bodies directly. Under a virtual clock
// it is deterministic.

import { OperatingError, TransportError } from '../errors.ts';
import type { Clock, Transport } from '../ports.ts';
import { createDeadlines } from './support/deadlines.ts';
import { answerTooLarge, gossipUrl, refused, transportClosed } from './support/failures.ts';
import { answerBytes, requestBytes } from './support/http-bytes.ts';

/** Answers one body; an OperatingError thrown is what a refusal over HTTP would be. */
export type GossipHandler = (body: Uint8Array) => Promise<Uint8Array>;

export interface InProcessOptions {
  readonly clock: Clock;
  /** Largest answer accepted, bytes of body. */
  readonly maxBytes?: number;
}

export interface InProcessNetwork {
  /** Serves an address until the returned function is called. */
  listen(address: string, handler: GossipHandler): () => void;
  transport(): Transport;
}

interface Server {
  readonly handler: GossipHandler;
  /** Whom a kept connection would tell that this server ended. */
  readonly connected: Set<(address: string) => void>;
}

export function createInProcessNetwork(options: InProcessOptions): InProcessNetwork {
  const { clock, maxBytes = 128 * 1024 } = options;
  const servers = new Map<string, Server>();
  return {
    listen(address, handler) {
      const server: Server = { handler, connected: new Set() };
      servers.set(address, server);
      return () => {
        // A restarted server may hold the address by now.
        if (servers.get(address) === server) servers.delete(address);
        for (const tell of server.connected) tell(address);
      };
    },
    transport: () => createTransport(servers, clock, maxBytes),
  };
}

function createTransport(
  servers: ReadonlyMap<string, Server>,
  clock: Clock,
  maxBytes: number,
): Transport {
  const deadlines = createDeadlines(clock);
  const listeners: ((address: string) => void)[] = [];
  let closed = false;
  let sentBytes = 0;
  let receivedBytes = 0;

  const tell = (address: string): void => {
    if (!closed) for (const listener of listeners) listener(address);
  };
  const post = async (givenAddress: string, body: Uint8Array): Promise<Uint8Array> => {
    const address = givenAddress.replace(/\/+$/, '');
    const server = servers.get(address);
    if (server === undefined) throw refused(address);
    sentBytes += requestBytes(gossipUrl(address), body.length);
    // Copies both ways: no side may see what the other does to its bytes later.
    const answer = await handle(address, server, body.slice());
    if (answer.length > maxBytes) throw answerTooLarge(address, maxBytes);
    receivedBytes += answerBytes(answer.length);
    if (servers.get(address) === server) server.connected.add(tell);
    return answer.slice();
  };

  return {
    async exchange(address, body, timeoutMs) {
      if (closed) throw transportClosed();
      return deadlines.within(post(address, body), address, timeoutMs);
    },
    onDisconnect: (listener) => void listeners.push(listener),
    // Nothing is written anywhere: the same exchanges as node-http would write them.
    traffic: () => ({ sentBytes, receivedBytes }),
    async close() {
      closed = true;
      deadlines.close();
      for (const server of servers.values()) server.connected.delete(tell);
    },
  };
}

async function handle(address: string, server: Server, body: Uint8Array): Promise<Uint8Array> {
  try {
    return await server.handler(body);
  } catch (error) {
    // Anything else is a programmer's error, which must not pass for the network's.
    if (!(error instanceof OperatingError)) throw error;
    const told = `${address} refused the exchange (${error.code}: ${error.message})`;
    throw new TransportError('rejected', told, { cause: error });
  }
}
