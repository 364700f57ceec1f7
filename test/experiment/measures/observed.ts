// A simulated cluster with a observer at every engine, and the same things counted without it.

import type { ProtocolSettings } from '../../../node/core/settings.ts';
import type { Message } from '../../../node/core/wire/messages.ts';
import { createCollector } from '../../../node/experiment/measures/collector.ts';
import { createObserver, type Observer } from '../../../node/experiment/measures/observer.ts';
import type { ExchangeDirection, StrategyName } from '../../../node/experiment/plan/plan.ts';
import type { SimulatedNode } from '../../../node/experiment/simulation/node.ts';
import { createSimulation } from '../../../node/experiment/simulation/simulator.ts';
import { chooseStrategy } from '../../../node/experiment/strategies/index.ts';
import { FIXED } from '../../core/support.ts';
import { METRICS } from './support.ts';

export interface ObservedOptions {
  readonly seed: number;
  readonly strategy: StrategyName;
  readonly nodes?: number;
  readonly metrics?: Parameters<typeof chooseStrategy>[3];
  readonly direction?: ExchangeDirection;
  readonly settings?: Partial<ProtocolSettings>;
  readonly sampleMs?: number;
  /** What node `index` measures; random steps when absent. */
  readonly values?: (index: number, at: number) => readonly number[];
  readonly onMessage?: (message: Message, from: SimulatedNode) => void;
}

export function createObserved(options: ObservedOptions) {
  const { seed, strategy, nodes = 8, metrics = METRICS, direction = 'push-pull' } = options;
  const settings = { ...FIXED, ...options.settings };
  const chosen = chooseStrategy(strategy, direction, settings, metrics);
  const collector = createCollector({
    nodes,
    metrics,
    roundMs: 1_000,
    measureMs: 0,
    keepsRounds: true,
  });
  collector.measure(0);
  const observers = new Map<SimulatedNode, Observer>();
  /** Values, in all messages that were sent; and bytes of all. */
  const sent = { entries: 0, bytes: 0, messages: 0 };
  const simulation = createSimulation({
    seed,
    ...chosen,
    onMessage(message, bytes, from) {
      sent.messages++;
      sent.bytes += bytes;
      options.onMessage?.(message, from);
      if (!('chunks' in message)) return;
      const entries = message.chunks.flatMap((chunk) => chunk.entries);
      sent.entries += entries.filter(({ index }) => index > 0).length;
    },
    onHandled(node, input, effects, now) {
      if (node.engine !== undefined) observers.get(node)?.(node.engine, input, effects, now);
    },
  });
  const run = (forMs: number): void => simulation.runUntil(simulation.now() + forMs);

  for (let index = 0; index < nodes; index++) {
    const seeds = index === 0 ? [] : ['http://n1'];
    const node = simulation.addNode(`n${index + 1}`, metrics, seeds, chosen.settings);
    const carried = () => ({ messages: sent.messages, sentBytes: sent.bytes, receivedBytes: 0 });
    const runTime = (now: number): number => now;
    observers.set(
      node,
      createObserver({ node: index, metrics, sink: collector, carried, runTime }),
    );
    simulation.at(index * 37, () => start(node, index));
  }

  function start(node: SimulatedNode, index: number): void {
    simulation.start(node);
    const { run: life } = node;
    const walk = metrics.map((_, i) => 20 + i * 100);
    const tick = (): void => {
      if (node.run !== life) return;
      const measured = options.values?.(index, simulation.now());
      walk.forEach((value, i) => {
        walk[i] = measured?.[i] ?? Math.abs(value + (simulation.random.next() - 0.5) * 8);
      });
      const readings = metrics.map(({ name }, i) => ({ metric: name, value: walk[i] ?? 0 }));
      simulation.input(node, { type: 'samples', readings });
      simulation.at(simulation.now() + (options.sampleMs ?? 500), tick);
    };
    tick();
  }

  return { simulation, collector, sent, run, start, metrics };
}

export type Observed = ReturnType<typeof createObserved>;

/** Whether every running engine holds a value of every metric of every node. */
export const isFull = ({ simulation, metrics }: Observed): boolean =>
  simulation.nodes.every(({ engine }) =>
    simulation.nodes.every(({ id }) => engine?.view.member(id)?.metrics.length === metrics.length),
  );
