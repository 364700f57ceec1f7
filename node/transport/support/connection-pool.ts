// Keeps HTTP connections of Node alive between exchanges, at no cost while they are idle.

import * as http from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Traffic } from '../../ports.ts';
import { createGuardedLookup } from './guarded-lookup.ts';
import { secureHttp, trust } from './trust.ts';

export interface PoolOptions {
  /** An idle connection is closed after this long. */
  readonly idleMs: number;
  /** Idle connections kept in all; beyond, the one idle longest is closed. */
  readonly maxIdle: number;
  /** Authorities (PEM) to trust for https, besides the system's own, as they are now. */
  readonly ca: () => string | undefined;
  /** An idle connection to this address was ended by the far side. */
  readonly onDisconnect: (address: string) => void;
}

export interface ConnectionPool {
  agentFor(url: URL): http.Agent;
  /** Tells the pool which address a request's connection belongs to. */
  adopt(socket: Socket, address: string): void;
  /** Closes the idle connections of an address, of which one proved stale. */
  drop(address: string): void;
  traffic(): Traffic;
  close(): void;
}

export function createConnectionPool(options: PoolOptions): ConnectionPool {
  const addresses = new Map<Socket, string>();
  const idle = createIdleSet(options.maxIdle);
  const agents = createAgents(options, idle);
  let closedSentBytes = 0;
  let closedReceivedBytes = 0;

  const ended = (socket: Socket): void => {
    closedSentBytes += socket.bytesWritten;
    closedReceivedBytes += socket.bytesRead;
    const address = addresses.get(socket);
    addresses.delete(socket);
    // Whatever this side closes has left the idle ones before.
    if (idle.take(socket) && address !== undefined) options.onDisconnect(address);
  };
  return {
    agentFor: ({ protocol }) => (protocol === 'https:' ? agents.secure() : agents.plain()),
    adopt(socket, address) {
      const isKnown = addresses.has(socket);
      addresses.set(socket, address);
      if (isKnown) return;
      // Busy connections are timed by their exchange; the agent ends only idle ones on this event.
      socket.setTimeout(options.idleMs);
      socket.on('timeout', () => idle.take(socket));
      socket.once('close', () => ended(socket));
    },
    drop(address) {
      for (const [socket, owner] of addresses) {
        if (owner === address && idle.take(socket)) socket.destroy();
      }
    },
    traffic() {
      let sentBytes = closedSentBytes;
      let receivedBytes = closedReceivedBytes;
      for (const socket of addresses.keys()) {
        sentBytes += socket.bytesWritten;
        receivedBytes += socket.bytesRead;
      }
      return { sentBytes, receivedBytes };
    },
    close() {
      idle.clear();
      agents.destroy();
    },
  };
}

interface IdleSet {
  keep(socket: Duplex): void;
  /** Whether it was idle; it is not any more. */
  take(socket: Duplex): boolean;
  clear(): void;
}

function createIdleSet(maxIdle: number): IdleSet {
  // In the order of falling idle, so that the first is the one idle longest.
  const idle = new Set<Duplex>();
  return {
    keep(socket) {
      idle.add(socket);
      for (const longest of idle) {
        if (idle.size <= maxIdle) break;
        idle.delete(longest);
        longest.destroy();
      }
    },
    take: (socket) => idle.delete(socket),
    clear: () => idle.clear(),
  };
}

/** Both are made when they are first needed. */
function createAgents({ idleMs, maxIdle, ca }: PoolOptions, idle: IdleSet) {
  let plain: http.Agent | undefined;
  let secure: http.Agent | undefined;
  let trusted: string | undefined;
  const settings = {
    keepAlive: true,
    // Node would probe every idle connection each second, two packets a time; probes that start
    // after the connection is closed are never sent.
    keepAliveMsecs: idleMs + 60_000,
    // The pool's own limit counts over all peers; this one is for a single peer.
    maxFreeSockets: maxIdle,
    lookup: createGuardedLookup(),
  };
  const createSecure = (): http.Agent => {
    trusted = ca();
    const { Agent } = secureHttp();
    return watch(new Agent({ ...settings, ...trust(trusted) }), idle);
  };
  return {
    plain(): http.Agent {
      plain ??= watch(new http.Agent(settings), idle);
      return plain;
    },
    secure(): http.Agent {
      // Authorities that changed count for every exchange from now on.
      if (secure !== undefined && ca() !== trusted) dropIdle(secure, idle);
      if (secure === undefined || ca() !== trusted) secure = createSecure();
      return secure;
    },
    destroy(): void {
      plain?.destroy();
      secure?.destroy();
    },
  };
}

function dropIdle({ freeSockets }: http.Agent, idle: IdleSet): void {
  for (const socket of Object.values(freeSockets).flatMap((sockets) => sockets ?? [])) {
    if (idle.take(socket)) socket.destroy();
  }
}

function watch(agent: http.Agent, idle: IdleSet): http.Agent {
  agent.keepSocketAlive = (socket) => {
    idle.keep(socket);
    // An idle connection must not keep the process from ending.
    if ('unref' in socket && typeof socket.unref === 'function') socket.unref();
    return true;
  };
  const reuseSocket = agent.reuseSocket.bind(agent);
  agent.reuseSocket = (socket, request) => {
    idle.take(socket);
    reuseSocket(socket, request);
  };
  return agent;
}
