// A simulated node: its machine, its disk, and how it starts.

import { createEngine, type Engine } from '../../core/engine.ts';
import type { Strategy } from '../../core/exchange/strategy.ts';
import type { MetricDefinition } from '../../core/model.ts';
import type { Random } from '../../core/random.ts';
import type { ProtocolSettings } from '../../core/settings.ts';

export interface SimulatedNode {
  readonly id: string;
  /** Read at each start; empty for a node that nobody can call. */
  address: string;
  readonly settings: ProtocolSettings;
  readonly definitions: readonly MetricDefinition[];
  readonly seeds: readonly string[];
  /** Absent while the node is down. */
  engine: Engine | undefined;
  /** What a restart finds on disk. */
  disk: { generation: number; peers: readonly string[] } | undefined;
  /** The event loop stands still until then. */
  stalledUntil: number;
  /** Wall clock minus virtual time, ms. */
  wallOffsetMs: number;
  /** Counts starts, so that what belongs to an earlier run is dropped. */
  run: number;
  /** While it is down its machine is gone too: calls time out instead of being refused. */
  vanished: boolean;
}

/** Where wall clocks start; any number far from 0 does. */
const WALL_START_MS = 1_700_000_000_000;

export const createNode = (
  given: Pick<SimulatedNode, 'id' | 'definitions' | 'seeds' | 'settings'>,
): SimulatedNode => ({
  ...given,
  address: `http://${given.id}`,
  engine: undefined,
  disk: undefined,
  stalledUntil: 0,
  wallOffsetMs: WALL_START_MS,
  run: 0,
  vanished: false,
});

/** A node starts with what its disk and its wall clock say, as a real one does. */
export function boot(
  node: SimulatedNode,
  random: Random,
  now: number,
  strategy: Strategy | undefined,
): Engine {
  const { id, address, definitions, settings, seeds, disk } = node;
  const generation = Math.max((disk?.generation ?? 0) + 1, Math.floor(now + node.wallOffsetMs));
  const known = [...seeds, ...(disk?.peers ?? [])];
  return createEngine(
    {
      id,
      generation,
      address,
      definitions,
      settings,
      random,
      seeds: known,
      ...(strategy !== undefined && { strategy }),
    },
    now,
  );
}

export function diskOf(engine: Engine): { generation: number; peers: readonly string[] } {
  const peers = engine.view.members().flatMap(({ id, address }) => {
    return id === engine.view.selfId || address === '' ? [] : [address];
  });
  return { generation: engine.state.self.generation, peers };
}
