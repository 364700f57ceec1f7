// How many connections each caller may keep: no address takes the place of all others, and when
// there is none left, the one that was silent for longest gives way.

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { networkOfAddress } from '../../../http/access/caller.ts';

export interface ConnectionLimits {
  /** At once, of all. */
  readonly max: number;
  /** At once, of one address; of loopback half of all: proxies and whole fleets call from it. */
  readonly maxOfOne: number;
}

/** Since the node started. */
export interface ConnectionCounts {
  readonly open: number;
  /** Of peers: those on which gossip was answered. */
  readonly peers: number;
  /** Idle ones that were ended to make room. */
  readonly gaveWay: number;
  /** New ones that there was no room for. */
  readonly refused: number;
  /** New ones that the system did not give, as when too many files are open. */
  readonly failed: number;
}

export interface Connections {
  /** False when there is no room: the caller ends it. */
  open(socket: Socket): boolean;
  /**
   * A request came whole; until its answer is out the connection is not idle. False when too many
   * came before it, in one packet or not answered yet.
   */
  begin(socket: Socket, response: ServerResponse): boolean;
  /** It is a peer's. */
  keep(socket: Socket): void;
  /** Of an answer that is under way on it. */
  hasAnswered(socket: Duplex): boolean;
  /** The system could not open one. */
  fail(): void;
  counts(): ConnectionCounts;
  /** Those that have not come as far as a request among them. */
  endAll(): void;
  /** The address that has most, as a sentence may name it. */
  largest(): { readonly address: string; readonly count: number };
}

interface Connection {
  readonly socket: Socket;
  readonly key: string;
  readonly address: string;
  isPeer: boolean;
  /** Of the request under way, the last of several. */
  response: ServerResponse | undefined;
  /** Requests that are not answered yet. */
  underWay: number;
  /** When the request under way began, or the last one ended. */
  since: number;
}

/**
 * On one connection, and until others had their turn: the rest of a packet is read before that,
 * whatever was answered. Neither browsers nor peers send a request before the last is answered.
 */
const MAX_UNDER_WAY = 4;

/** Longer than any answer takes: what is not done by then is a reader that reads nothing. */
const BUSY_MS = 35_000;

/** Where only peers are left, one that is quiet for so long gives way: it can call again. */
const PEER_QUIET_MS = 30_000;

/** One for all addresses that one caller has as a rule. */
export const shareOf = ({ remoteAddress }: Pick<Socket, 'remoteAddress'>): string =>
  networkOfAddress(remoteAddress ?? 'unknown');

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

/** TLS wraps a socket in another one; both have the same ends. */
const keyOf = (socket: Pick<Socket, 'remoteAddress' | 'remotePort'>): string =>
  `${socket.remoteAddress} ${socket.remotePort}`;

const connectionOf = (socket: Socket, address: string, since: number): Connection => ({
  ...{ socket, key: keyOf(socket), address, since },
  ...{ isPeer: false, response: undefined, underWay: 0 },
});

export function createConnections(
  limits: ConnectionLimits,
  nowMs: () => number = () => performance.now(),
): Connections {
  // In the order of `since`: the first has been idle for longest.
  const held = new Map<string, Connection>();
  const byAddress = new Map<string, number>();
  let gaveWay = 0;
  let refused = 0;
  let failed = 0;

  const roomOf = (address: string): number =>
    isLoopback(address) ? Math.max(limits.maxOfOne, limits.max / 2) : limits.maxOfOne;
  const countOf = (address: string): number => byAddress.get(address) ?? 0;
  const touch = (connection: Connection): void => {
    connection.since = nowMs();
    held.delete(connection.key);
    held.set(connection.key, connection);
  };
  const forget = (connection: Connection): void => {
    if (held.get(connection.key) !== connection) return;
    held.delete(connection.key);
    const left = countOf(connection.address) - 1;
    if (left <= 0) byAddress.delete(connection.address);
    else byAddress.set(connection.address, left);
  };
  const mayGo = ({ isPeer, response, since }: Connection, evenPeers: boolean): boolean => {
    const quietMs = nowMs() - since;
    if (response !== undefined && quietMs < BUSY_MS) return false;
    return !isPeer || (evenPeers && quietMs >= PEER_QUIET_MS);
  };
  const longestIdle = (address?: string): Connection | undefined => {
    const all = [...held.values()].filter(
      (connection) => address === undefined || connection.address === address,
    );
    return (
      all.find((connection) => mayGo(connection, false)) ??
      all.find((connection) => mayGo(connection, true))
    );
  };
  const makeRoom = (address?: string): boolean => {
    const connection = longestIdle(address);
    if (connection === undefined) return false;
    forget(connection);
    connection.socket.destroy();
    gaveWay++;
    return true;
  };

  return {
    open(socket) {
      const address = shareOf(socket);
      const isFull = countOf(address) >= roomOf(address);
      if ((isFull && !makeRoom(address)) || (held.size >= limits.max && !makeRoom())) {
        refused++;
        return false;
      }
      const connection = connectionOf(socket, address, nowMs());
      held.set(connection.key, connection);
      byAddress.set(address, countOf(address) + 1);
      socket.once('close', () => forget(connection));
      return true;
    },
    begin(socket, response) {
      const connection = held.get(keyOf(socket));
      if (connection === undefined) return !socket.destroyed;
      if (connection.underWay >= MAX_UNDER_WAY) return false;
      connection.underWay++;
      connection.response = response;
      touch(connection);
      response.once('close', () => {
        setImmediate(() => connection.underWay--);
        if (connection.response !== response) return;
        connection.response = undefined;
        if (held.has(connection.key)) touch(connection);
      });
      return true;
    },
    keep(socket) {
      const connection = held.get(keyOf(socket));
      if (connection !== undefined) connection.isPeer = true;
    },
    hasAnswered: (socket) => held.get(keyOf(socket as Socket))?.response?.headersSent === true,
    endAll: () => {
      for (const { socket } of held.values()) socket.destroy();
    },
    fail: () => {
      failed++;
    },
    counts: () => ({
      open: held.size,
      peers: [...held.values()].filter(({ isPeer }) => isPeer).length,
      ...{ gaveWay, refused, failed },
    }),
    largest() {
      const [first = ['nobody', 0] as const] = [...byAddress].sort(([, a], [, b]) => b - a);
      return { address: first[0], count: first[1] };
    },
  };
}

/** What Node's parser of a connection calls for each head; other runtimes have none. */
interface ParsedSocket extends Socket {
  readonly parser?: { onIncoming?: unknown } | null;
}

/** Of which the parser makes an error, and reads no further. */
const STOP = -1;

/**
 * Ends a connection on which too many requests came at once, with all that its last packet still
 * holds: Node reads 64 KiB at a time, and hands over the thousands of requests in them before
 * anything else has its turn. To destroy the socket does not end that.
 */
export function cutOff(socket: ParsedSocket): void {
  if (socket.parser?.onIncoming) socket.parser.onIncoming = () => STOP;
  socket.destroy();
}
