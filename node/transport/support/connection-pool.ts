// Keeps HTTP connections of Node alive between exchanges, at no cost while they are idle.

import * as http from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Traffic } from '../../ports.ts';

export interface PoolOptions {
  /** An idle connection is closed after this long. */
  readonly idleMs: number;
  /** Idle connections kept in all; beyond, the one idle longest is closed. */
  readonly maxIdle: number;
  /** Certificate authority (PEM) to trust for https, besides the system's own. */
  readonly ca: string | undefined;
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
  const agents: { http?: http.Agent; https?: http.Agent } = {};
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
    agentFor(url) {
      const scheme = url.protocol === 'https:' ? 'https' : 'http';
      agents[scheme] ??= createAgent(scheme, options, idle);
      return agents[scheme];
    },
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
      agents.http?.destroy();
      agents.https?.destroy();
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

function createAgent(scheme: 'http' | 'https', options: PoolOptions, idle: IdleSet): http.Agent {
  const settings = {
    keepAlive: true,
    // Node would probe every idle connection each second, two packets a time; probes that start
    // after the connection is closed are never sent.
    keepAliveMsecs: options.idleMs + 60_000,
    // The pool's own limit counts over all peers; this one is for a single peer.
    maxFreeSockets: options.maxIdle,
  };
  const watch = <A extends http.Agent>(agent: A): A => {
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
  };
  if (scheme === 'http') return watch(new http.Agent(settings));
  const { getCACertificates } = process.getBuiltinModule('node:tls');
  // Node would trust `ca` alone.
  const trust = options.ca === undefined ? {} : { ca: [...getCACertificates(), options.ca] };
  return watch(new (secureHttp().Agent)({ ...settings, ...trust }));
}

/** Loaded when the first peer asks for it: TLS takes megabytes that most clusters do not need. */
export const secureHttp = () => process.getBuiltinModule('node:https');
