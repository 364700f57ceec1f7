// What the HTTP app asks of a node, answered by its driver.

import type { AppDependencies, GossipAnswer, GossipStats, PeerAccess } from '../app.ts';
import type { LeaveNotice } from '../core/model.ts';
import type { ProtocolSettings } from '../core/settings.ts';
import { type RefusalCode, WireError } from '../core/wire/messages.ts';
import { type Driver, GENERATION_AHEAD } from '../driver.ts';
import { OperatingError } from '../errors.ts';
import type { Clock, Store, Traffic } from '../ports.ts';
import { createMeter } from './network/bandwidth.ts';
import { refusedClaims } from './process/debug-log.ts';
import { createFaultLog } from './process/fault-log.ts';
import type { Log } from './process/log.ts';
import type { Machine } from './process/measuring.ts';
import type { PeerProblems } from './process/peer-problems.ts';
import { createUserMetrics } from './user-metrics.ts';

/** The refusal of who says that it is reached at its own loopback. */
export const LOOPBACK_ADDRESS = 'loopback_address';

/** Above the longest message there is, and far below what could hurt. */
const MAX_BODY_BYTES = 128 * 1024;

const REFUSALS: Record<RefusalCode, { status: 400 | 409 | 413 | 426; title: string; fix: string }> =
  {
    malformed: {
      status: 400,
      title: 'Not a gossip message',
      fix: 'only PrioMon nodes should call this address.',
    },
    oversized: {
      status: 413,
      title: 'Message too large',
      fix: 'lower budget_bytes on the sender.',
    },
    unknown_version: {
      status: 426,
      title: 'Other wire version',
      fix: 'run the same release of PrioMon on both machines.',
    },
    foreign_cluster: {
      status: 409,
      title: 'Other cluster',
      fix: 'give both nodes the same cluster setting, or do not join them.',
    },
  };

export interface ServiceParts {
  readonly driver: Driver;
  readonly clock: Clock;
  readonly store: Store;
  readonly machine: Machine;
  readonly log: Log;
  readonly peerProblems: PeerProblems;
  readonly gate: AppDependencies['gate'];
  readonly basePath: string;
  readonly allowedHosts?: AppDependencies['allowedHosts'];
  readonly allowedOrigins?: AppDependencies['allowedOrigins'];
  readonly settings: ProtocolSettings;
  /** Made here when absent. */
  readonly userMetrics?: AppDependencies['userMetrics'];
  readonly peers: PeerAccess;
  /**
   * Throws an OperatingError with the code LOOPBACK_ADDRESS for who says that it is reached where
   * only itself can be; `caller` is the IP address that it calls from.
   */
  readonly admit: (address: string, caller: string) => void;
  /**
   * Resolves when a message may be worked on, which takes a while: many may have come whole at one
   * moment. Absent: at once.
   */
  readonly turn?: () => Promise<void>;
  /** Above the longest message there is, when absent. */
  readonly maxBodyBytes?: number;
  traffic(): Traffic;
  /** The node is to end after this leave. */
  leave(notice: LeaveNotice): Promise<void>;
}

export function createServices(parts: ServiceParts): AppDependencies {
  const { driver, clock, store, machine, log, basePath } = parts;
  const refused: Record<string, number> = {};
  const countRefusal = (code: string): void => {
    refused[code] = (refused[code] ?? 0) + 1;
  };
  const meter = createMeter(clock.monotonicMs());
  const { maxMetrics } = parts.settings;
  const userMetrics =
    parts.userMetrics ??
    createUserMetrics({ driver, clock, maxMetrics, measured: measuredBy(machine) });
  return {
    view: driver.view,
    clock,
    store,
    basePath,
    allowedHosts: parts.allowedHosts,
    allowedOrigins: parts.allowedOrigins,
    maxBodyBytes: parts.maxBodyBytes ?? MAX_BODY_BYTES,
    peers: parts.peers,
    gate: parts.gate,
    peerProblems: () => parts.peerProblems.list(),
    probes: () => machine.runs(),
    countRefusal,
    gossip: (body, caller) => answerGossip(parts, body, caller, countRefusal),
    userMetrics,
    publish(readings) {
      driver.publish(readings);
      return [];
    },
    forget: (id) => driver.forget(id),
    leave: parts.leave,
    stats: () => {
      const { sentBytes, receivedBytes } = parts.traffic();
      const now = clock.monotonicMs();
      const bytesPerSecond = meter.perSecond(sentBytes + receivedBytes, now);
      const all = { ...refused, ...refusedClaims(driver.status()) };
      return { ...statsOf(driver, now), sentBytes, receivedBytes, bytesPerSecond, refused: all };
    },
    listeners: () => driver.status().listeners,
    reportError: createFaultLog(clock, log),
    noteRefusal: ({ code, detail }, request, caller) =>
      log('debug', `refused ${request} of ${caller}: ${code}: ${detail}`),
  };
}

/** Names of all that its probes can measure. */
export const measuredBy = ({ probes }: Pick<Machine, 'probes'>): ReadonlySet<string> =>
  new Set(probes.flatMap(({ metrics }) => metrics.map(({ name }) => name)));

async function answerGossip(
  { driver, admit, turn }: ServiceParts,
  body: Uint8Array,
  caller: string,
  countRefusal: (code: string) => void,
): Promise<GossipAnswer> {
  try {
    const check = (address: string): void => admit(address, caller);
    await turn?.();
    return { ok: true, body: await driver.gossip(body, check) };
  } catch (error) {
    if (error instanceof OperatingError && error.code === 'stopped') return stopping(error);
    if (error instanceof OperatingError && error.code === LOOPBACK_ADDRESS) {
      countRefusal(error.code);
      return unreachable(error);
    }
    if (error instanceof OperatingError && error.code === GENERATION_AHEAD) {
      countRefusal(error.code);
      return farAhead(error);
    }
    if (!(error instanceof WireError)) throw error;
    countRefusal(error.code);
    const { status, title, fix } = REFUSALS[error.code];
    const sentence = error.message.charAt(0).toUpperCase() + error.message.slice(1);
    return { ok: false, status, code: error.code, title, detail: `${sentence}; ${fix}` };
  }
}

const stopping = ({ code, message }: OperatingError): GossipAnswer => ({
  ok: false,
  status: 503,
  code,
  title: 'The node has stopped',
  detail: message,
});

const unreachable = ({ code, message }: OperatingError): GossipAnswer => ({
  ok: false,
  status: 409,
  code,
  title: 'Your address leads nowhere',
  detail: message,
});

const farAhead = ({ code, message }: OperatingError): GossipAnswer => ({
  ok: false,
  status: 409,
  code,
  title: 'Your clock is far ahead',
  detail: message,
});

type Rates = 'sentBytes' | 'receivedBytes' | 'bytesPerSecond' | 'refused';

function statsOf(driver: Driver, now: number): Omit<GossipStats, Rates> {
  const { counters, round, roundMs, roundStartedAt } = driver.status();
  return {
    round,
    roundMs: Math.round(roundMs),
    sinceRoundMs: Math.round(now - roundStartedAt),
    exchanges: counters.exchangesStarted,
    failedExchanges: counters.exchangesFailed,
    otherVersionExchanges: counters.exchangesOtherVersion,
    published: counters.entriesPublished,
  };
}
