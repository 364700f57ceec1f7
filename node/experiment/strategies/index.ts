// The strategies an experiment compares, by name, with the settings that each brings along.

import { PRIOMON, type Strategy } from '../../core/exchange/strategy.ts';
import type { MetricDefinition } from '../../core/model.ts';
import type { ProtocolSettings } from '../../core/settings.ts';
import { type Codec, WIRE_CODEC } from '../../core/wire/codec.ts';
import { MAX_MESSAGE_BYTES } from '../../core/wire/messages.ts';
import type { ExchangeDirection, StrategyName } from '../plan/plan.ts';
import { DIGEST } from './digest.ts';
import { FULL } from './full.ts';
import { createRecordCodec } from './record-codec.ts';
import { STRICT } from './strict.ts';

interface Entry {
  readonly strategy: Strategy;
  readonly settings: (given: ProtocolSettings) => Partial<ProtocolSettings>;
  readonly codec: (metrics: readonly MetricDefinition[]) => Codec;
}

/** Above every priority: nothing is urgent. */
const NOTHING_URGENT = 256;

const fixedRounds = ({ roundMs }: ProtocolSettings): Partial<ProtocolSettings> => ({
  maxRoundMs: roundMs,
  urgentPriority: NOTHING_URGENT,
});

/** The original has no budget: its messages are bounded by the wire alone. */
const wholeRecords = (given: ProtocolSettings): Partial<ProtocolSettings> => ({
  ...fixedRounds(given),
  budgetBytes: MAX_MESSAGE_BYTES,
});

const onTheWire = (): Codec => WIRE_CODEC;

const STRATEGIES: Readonly<Record<StrategyName, Entry>> = {
  full: { strategy: FULL, settings: wholeRecords, codec: onTheWire },
  'full-json': { strategy: FULL, settings: wholeRecords, codec: createRecordCodec },
  digest: { strategy: DIGEST, settings: fixedRounds, codec: onTheWire },
  strict: { strategy: STRICT, settings: () => ({}), codec: onTheWire },
  priomon: { strategy: PRIOMON, settings: () => ({}), codec: onTheWire },
};

export interface ChosenStrategy {
  readonly strategy: Strategy;
  readonly settings: ProtocolSettings;
  readonly codec: Codec;
}

/** What nodes need to run a strategy over these metrics, data going this way. */
export function chooseStrategy(
  name: StrategyName,
  direction: ExchangeDirection,
  settings: ProtocolSettings,
  metrics: readonly MetricDefinition[],
): ChosenStrategy {
  const entry = STRATEGIES[name];
  // Urgent news is pushed, which a node that only pulls does not do.
  const pulls = direction === 'pull' ? { urgentPriority: NOTHING_URGENT } : {};
  return {
    strategy: { ...entry.strategy, direction },
    settings: { ...settings, ...entry.settings(settings), ...pulls },
    codec: entry.codec(metrics),
  };
}
