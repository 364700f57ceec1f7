// The settings of the gossip protocol as a file writes them, and how they become what the core
// takes. Ranges are the core's; defaults that follow the round are filled in here.

import * as v from 'valibot';
import { DEFAULT_SETTINGS as DEFAULT, type ProtocolSettings } from '../core/settings.ts';
import { isPlain, PLAIN_RULE } from '../core/wire/printable.ts';
import { maybe, setting } from './setting.ts';
import {
  bytes,
  decimal,
  duration,
  formatBytes,
  formatDuration,
  integer,
  readText,
  share,
  value,
} from './values.ts';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;
const DAY_MS = 24 * HOUR_MS;

/** Rounds that a stretched round, and the two ends of suspicion, have by default. */
const MAX_ROUND_ROUNDS = DEFAULT.maxRoundMs / DEFAULT.roundMs;
const SUSPICION_MIN_ROUNDS = DEFAULT.suspicionMinMs / DEFAULT.roundMs;
const SUSPICION_MAX_ROUNDS = DEFAULT.suspicionMaxMs / DEFAULT.roundMs;

const CLUSTER_RULE = `must be a name of 1 to 64 characters without spaces, ${PLAIN_RULE}`;

const atLeast = (rounds: number, leastMs: number): string =>
  `${rounds} rounds, ${formatDuration(leastMs)} at least`;

export const PROTOCOL_ENTRIES = {
  cluster: setting(
    value('name', CLUSTER_RULE, (input) => {
      const name = readText(input);
      return name !== undefined && /^\S{1,64}$/.test(name) && isPlain(name) ? name : undefined;
    }),
    DEFAULT.cluster,
    'Name of the cluster; clusters with different names never mix.',
  ),
  round: setting(
    duration(50, HOUR_MS),
    formatDuration(DEFAULT.roundMs),
    'Length of a gossip round; shorter spreads faster and costs in proportion.',
  ),
  max_round: maybe(
    duration(50, HOUR_MS),
    'A calm cluster stretches its rounds up to this; equal to round for fixed rounds.',
    { otherwise: `${MAX_ROUND_ROUNDS} rounds` },
  ),
  target_count: setting(
    integer(1, 16),
    DEFAULT.targetCount,
    'Exchanges a node starts each round; more spread faster and cost in proportion.',
  ),
  budget: setting(
    bytes(64, 65_536),
    DEFAULT.budgetBytes,
    'Encoded bytes of one message at most; what does not fit waits for the next.',
  ),
  reserve_share: setting(
    share(0.01, 0.5),
    DEFAULT.reserveShare,
    'Share of a message kept for random stale data, so that nothing starves.',
  ),
  refresh: maybe(
    duration(SECOND_MS, 30 * DAY_MS),
    'A steady metric is published again after this time divided by its priority.',
    { otherwise: `${formatDuration(DEFAULT.refreshMs)}, or a round if that is longer` },
  ),
  urgent_priority: setting(
    integer(1, 255),
    DEFAULT.urgentPriority,
    'From this priority on, a change is pushed at once instead of with the next round.',
  ),
  urgent_per_second: setting(
    decimal(0.1, 1_000),
    DEFAULT.urgentPerSecond,
    'Urgent messages a node may send per second, so that storms stay bounded.',
  ),
  urgent_burst: setting(
    integer(1, 10_000),
    DEFAULT.urgentBurst,
    'Urgent messages a node may send in one burst.',
  ),
  exchange_timeout: setting(
    duration(10, 60 * SECOND_MS),
    formatDuration(DEFAULT.exchangeTimeoutMs),
    'How long one exchange may take before the peer is probed through others.',
  ),
  indirect_probes: setting(
    integer(0, 8),
    DEFAULT.indirectProbes,
    'Peers asked to probe a silent one for us; 0 trusts our own network alone.',
  ),
  suspicion_min: maybe(
    duration(100, DAY_MS),
    'Shortest time from suspicion to death, when many confirm it.',
    { otherwise: atLeast(SUSPICION_MIN_ROUNDS, DEFAULT.suspicionMinMs) },
  ),
  suspicion_max: maybe(
    duration(100, DAY_MS),
    'Longest time from suspicion to death, when no node confirms it.',
    { otherwise: atLeast(SUSPICION_MAX_ROUNDS, DEFAULT.suspicionMaxMs) },
  ),
  forget_after: maybe(
    duration(SECOND_MS, 365 * DAY_MS),
    'The dead and the left keep their last state this long.',
    { otherwise: formatDuration(DEFAULT.forgetAfterMs) },
  ),
  contact_every_rounds: setting(
    integer(1, 1_000),
    DEFAULT.contactEveryRounds,
    'Every so many rounds one contact goes to a seed or a dead peer, so that partitions heal.',
  ),
  neighbours: setting(
    integer(1, 1_000),
    DEFAULT.neighbours,
    'Peers kept in rotation; bounds the open connections in large clusters.',
  ),
  max_members: setting(
    integer(2, 100_000),
    DEFAULT.maxMembers,
    'Members held at most; more are refused and counted.',
  ),
  max_metrics: setting(
    integer(1, 255),
    DEFAULT.maxMetrics,
    'Gossiped metrics of one node at most; more are refused and counted.',
  ),
  max_forgotten: setting(
    integer(0, 1_000_000),
    DEFAULT.maxForgotten,
    'Forgotten members remembered at most, so that old gossip cannot bring them back.',
  ),
  max_view: setting(
    bytes(2 ** 20, 2 ** 40),
    formatBytes(DEFAULT.maxViewBytes),
    'Memory that members, metrics and descriptions may take; more is refused and counted.',
  ),
};

const Protocol = v.object(PROTOCOL_ENTRIES);
type ProtocolInput = v.InferOutput<typeof Protocol>;

export function toProtocolSettings(given: ProtocolInput): ProtocolSettings {
  const { round } = given;
  const suspicionMinMs =
    given.suspicion_min ??
    Math.min(
      Math.max(DEFAULT.suspicionMinMs, round * SUSPICION_MIN_ROUNDS),
      given.suspicion_max ?? Number.POSITIVE_INFINITY,
    );
  const suspicionMaxMs =
    given.suspicion_max ??
    Math.max(DEFAULT.suspicionMaxMs, round * SUSPICION_MAX_ROUNDS, suspicionMinMs);
  return {
    cluster: given.cluster,
    roundMs: round,
    maxRoundMs: given.max_round ?? Math.min(round * MAX_ROUND_ROUNDS, HOUR_MS),
    targetCount: given.target_count,
    budgetBytes: given.budget,
    reserveShare: given.reserve_share,
    refreshMs: given.refresh ?? Math.max(DEFAULT.refreshMs, round),
    urgentPriority: given.urgent_priority,
    urgentPerSecond: given.urgent_per_second,
    urgentBurst: given.urgent_burst,
    exchangeTimeoutMs: given.exchange_timeout,
    indirectProbes: given.indirect_probes,
    suspicionMinMs,
    suspicionMaxMs,
    forgetAfterMs: given.forget_after ?? Math.max(DEFAULT.forgetAfterMs, suspicionMaxMs),
    contactEveryRounds: given.contact_every_rounds,
    neighbours: given.neighbours,
    maxMembers: given.max_members,
    maxMetrics: given.max_metrics,
    maxForgotten: given.max_forgotten,
    maxViewBytes: given.max_view,
  };
}
