// What an engine is made from. Each room takes from it what its part of the state begins with.

import type { Strategy } from './exchange/strategy.ts';
import type { MetricDefinition } from './model.ts';
import type { Random } from './random.ts';
import type { ProtocolSettings } from './settings.ts';
import type { Return } from './snapshot/past.ts';

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
  /** Seeds: addresses to call until somebody answers, and now and then forever. */
  readonly seeds: readonly string[];
  /** PrioMon's own when absent. */
  readonly strategy?: Strategy;
  /**
   * What this node was before its memory ended. With the same `generation` it goes on as the same
   * run, which needs the same id, address, labels and definitions, and that nothing was told since.
   */
  readonly past?: Return;
}
