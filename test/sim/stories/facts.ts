// A small fleet that has met, and what its nodes show of facts.

import { DEFAULT_SETTINGS, type ProtocolSettings } from '../../../node/core/settings.ts';
import type { SimulatedNode } from '../../../node/experiment/simulation/node.ts';
import {
  createSimulation,
  type Simulation,
} from '../../../node/experiment/simulation/simulator.ts';
import { CALM } from '../../core/support.ts';

const SIZE = 8;

interface Settled {
  readonly simulation: Simulation;
  readonly nodes: readonly SimulatedNode[];
  /** In the middle of the fleet: nobody's seed. */
  readonly author: SimulatedNode;
}

export function settledCluster(seed: number, settings: Partial<ProtocolSettings> = {}): Settled {
  const simulation = createSimulation({ seed, settings: { ...DEFAULT_SETTINGS, ...settings } });
  const nodes = Array.from({ length: SIZE }, (_, i) => {
    const seeds = i === 0 ? ['http://n2'] : ['http://n1'];
    const node = simulation.addNode(`n${i + 1}`, [CALM], seeds);
    simulation.start(node);
    simulation.input(node, { type: 'samples', readings: [{ metric: CALM.name, value: i }] });
    return node;
  });
  simulation.runUntil(20_000);
  const author = nodes[SIZE / 2];
  if (author === undefined) throw new Error('a fleet of none');
  return { simulation, nodes, author };
}

export const factsOf = ({ engine }: SimulatedNode): string[] =>
  (engine?.view.facts('') ?? []).map(({ author, key, value }) => `${author} ${key}=${value}`);
