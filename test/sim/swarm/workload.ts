// What nodes measure in a scenario: values that stay, wander, jump or drift.

import type { Random } from '../../../node/core/random.ts';
import type { SimulatedNode } from '../../../node/experiment/simulation/node.ts';
import type { Simulation } from '../../../node/experiment/simulation/simulator.ts';
import type { NodePlan, Scenario } from './scenario.ts';

/** Samples all metrics of a node from its start until the scenario heals. */
export function addWorkload(
  simulation: Simulation,
  node: SimulatedNode,
  plan: NodePlan,
  { sampleEveryMs, healAt }: Pick<Scenario, 'sampleEveryMs' | 'healAt'>,
  random: Random,
): void {
  const values = new Map<string, number>();
  const sampleAt = (time: number): void => {
    if (time > healAt) return;
    simulation.at(time, () => {
      const { engine } = node;
      const own = engine?.view.member(node.id);
      const names = new Set(plan.definitions.map(({ name }) => name));
      for (const { definition } of own?.metrics ?? []) names.add(definition.name);
      const readings = [...names].map((metric) => {
        const value = nextValue(plan.workload, values.get(metric) ?? random.below(100), random);
        values.set(metric, value);
        return { metric, value };
      });
      if (engine !== undefined) simulation.input(node, { type: 'samples', readings });
      sampleAt(time + sampleEveryMs);
    });
  };
  sampleAt(plan.startAt + random.below(sampleEveryMs));
}

/** Counts in points; network and load read the same numbers, which is all their deltas need. */
export function nextValue(workload: NodePlan['workload'], before: number, random: Random): number {
  switch (workload) {
    case 'calm':
      return before + (random.next() - 0.5);
    case 'walk':
      return before + (random.next() - 0.5) * 12;
    case 'steps':
      return random.next() < 0.2 ? random.below(100) : before;
    case 'drift':
      return before + 0.5;
  }
}
