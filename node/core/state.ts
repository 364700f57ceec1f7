// All that one engine knows, room by room. Each room changes its own part; nothing outside of core
// changes any.

import { type BroadcastState, createBroadcastState } from './broadcast/state.ts';
import { createDataState, type DataState } from './data/state.ts';
import type { Effect } from './effects.ts';
import { createExchangeState, type ExchangeState } from './exchange/state.ts';
import { PRIOMON, type Strategy } from './exchange/strategy.ts';
import { hashText } from './hash.ts';
import { createMembershipState, type MembershipState } from './membership/state.ts';
import type { EngineOptions } from './options.ts';
import type { Random } from './random.ts';
import type { ProtocolSettings } from './settings.ts';
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
