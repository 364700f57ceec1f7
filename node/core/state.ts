// All that one engine knows, room by room. Each room changes its own part; nothing outside of core
// changes any.

import { type BroadcastState, createBroadcastState } from './broadcast/state.ts';
import { createDataState, type DataState } from './data/state.ts';
import type { Effect } from './effects.ts';
import { createExchangeState, type ExchangeState } from './exchange/state.ts';
import { PRIOMON, type Strategy } from './exchange/strategy.ts';
import { hashText } from './hash.ts';
import { createMembershipState, type MembershipState } from './membership/state.ts';
import type { MetricDefinition } from './model.ts';
import type { Random } from './random.ts';
import type { ProtocolSettings } from './settings.ts';
import type { Return } from './snapshot/restore.ts';
import { type Counters, createCounters } from './stats.ts';

export interface State extends MembershipState, DataState, BroadcastState, ExchangeState {
  readonly settings: ProtocolSettings;
  readonly strategy: Strategy;
  readonly random: Random;
  readonly cluster: number;
  readonly counters: Counters;
  revision: number;
  /** When the engine was last given something. */
  now: number;
  effects: Effect[];
}

export interface EngineOptions {
  readonly settings: ProtocolSettings;
  readonly random: Random;
  readonly id: string;
  readonly generation: number;
  /** URL peers reach this node at; empty for a node that only calls out. */
  readonly address: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly definitions: readonly MetricDefinition[];
  /**
   * Without a sample for so long, ms, a metric is stale; by name. Those that are not named have no
   * period, as what users post, and never are.
   */
  readonly staleAfterMs?: ReadonlyMap<string, number>;
  /** Addresses to knock at until somebody answers, and now and then forever. */
  readonly seeds: readonly string[];
  /** PrioMon's own when absent. */
  readonly strategy?: Strategy;
  /**
   * What this node was before its memory ended. With the same `generation` it goes on as the same
   * run, which needs the same id, address, labels and definitions, and that nothing was told since.
   */
  readonly past?: Return;
}

export function createState(options: EngineOptions, now: number): State {
  const { settings, random } = options;
  return {
    ...createMembershipState(options, now),
    ...createDataState(options),
    ...createBroadcastState(options, now),
    ...createExchangeState(options, now),
    settings,
    strategy: options.strategy ?? PRIOMON,
    random,
    cluster: hashText(settings.cluster),
    counters: createCounters(),
    revision: 1,
    now,
    effects: [],
  };
}
