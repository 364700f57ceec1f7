// How stale a quorum's answer may be: what is certain, and what holds while gossip arrives.

import type { ProtocolSettings } from '../../core/settings.ts';
import type { Holding, QuorumResult } from './quorum.ts';

export interface Staleness {
  /** Certain, as far as ages are: the oldest value of the answer was sampled so long ago. */
  atMostMs: number;
  /** While gossip arrives: something newer, if there is anything, was published within this. */
  hiddenMs: number;
}

/** Rounds beyond the theory's until views are equal: invariant h, as the simulator tests it. */
const SLACK_ROUNDS = 3;

/**
 * Until every node knows what one published, ms: rounds of push-pull gossip without loss,
 * log_{1+2f} n + log_{1+f} ln n, all of them stretched as far as they may be.
 */
export function spreadMs(
  nodes: number,
  { targetCount, maxRoundMs }: Pick<ProtocolSettings, 'targetCount' | 'maxRoundMs'>,
): number {
  const rounds =
    Math.log(Math.max(1, nodes)) / Math.log(1 + 2 * targetCount) +
    Math.log(Math.max(1, Math.log(nodes))) / Math.log(1 + targetCount);
  return Math.ceil(rounds + SLACK_ROUNDS) * maxRoundMs;
}

export interface StalenessFacts {
  /** The node asked about. */
  readonly target: string;
  readonly result: Pick<QuorumResult, 'agreed'>;
  readonly startedAt: number;
  readonly now: number;
  /** As `spreadMs` gives it. */
  readonly spreadMs: number;
}

/**
 * atMost = now − the oldest sample of the answer. Nothing is staler than its own age, whatever was
 * lost; an owner that lives tells every value again within refresh / priority, so ages end.
 * hidden = min(atMost, time the query took + spread). What was published longer ago has reached
 * all who were asked. An owner that is one of the agreeing hides nothing: there the spread is 0.
 */
export function stalenessOf(newest: Holding, facts: StalenessFacts): Staleness {
  const { target, result, startedAt, now } = facts;
  const oldest = Math.min(...newest.metrics.map(({ sampledAt }) => sampledAt));
  const atMostMs = Math.max(0, Math.ceil(now - oldest));
  const spread = result.agreed.includes(target) ? 0 : facts.spreadMs;
  return { atMostMs, hiddenMs: Math.min(atMostMs, Math.ceil(now - startedAt + spread)) };
}
