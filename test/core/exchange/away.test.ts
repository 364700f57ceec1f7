// A node that was away while much moved, in a fleet whose messages hold a small part of it.

import { expect, it } from 'vitest';
import { createRandom } from '../../../node/core/random.ts';
import { createNetwork } from '../network.ts';
import { introduce, metric, metricsAt, samples, startEngine } from '../support.ts';

const NODES = 12;
const STEPS = 29;
const PRIORITIES = { storage: 10, memory: 5, cpu: 1, load1: 1, job: 3, slow: 1, hot: 20 };
const DEFINITIONS = Object.entries(PRIORITIES).map(([name, priority]) =>
  metric(name, { priority, delta: { kind: 'absolute', change: 1 }, resolution: 1 }),
);
const SETTINGS = { budgetBytes: 256, refreshMs: 36_000_000 };

/** Rounds until the node that was away holds what all others tell. */
function roundsToCatchUp(seed: number): number {
  const random = createRandom(seed);
  const network = createNetwork();
  for (let i = 0; i < NODES; i++) {
    const choices = { definitions: DEFINITIONS, settings: SETTINGS, seed: seed * 100 + i };
    network.add(startEngine(`n${i}`, choices));
  }
  const [away, ...others] = network.engines;
  if (away === undefined) throw new Error('there is no node');
  for (const engine of network.engines) {
    for (const other of network.engines) if (other !== engine) introduce(engine, other);
    const first = Object.keys(PRIORITIES).map((name) => [name, 0] as [string, number]);
    network.feed(engine, samples(...first));
  }
  network.settle(200);
  network.failure = (address) => (address === away.state.self.address ? 'timeout' : undefined);
  for (let step = 1; step <= STEPS; step++) {
    network.now += 1_200;
    for (const engine of others) {
      network.feed(engine, samples(['job', step], ['slow', step]));
      for (const name of ['cpu', 'memory', 'load1']) {
        if (random.next() < 0.3) network.feed(engine, samples([name, random.below(50)]));
      }
      if (step % 5 === 0) network.feed(engine, samples(['hot', step]));
      network.feed(engine, { type: 'wake' });
    }
  }
  network.failure = () => undefined;
  const hasAll = (): boolean =>
    others.every(
      (owner) =>
        JSON.stringify(metricsAt(away, owner.view.selfId)) ===
        JSON.stringify(metricsAt(owner, owner.view.selfId)),
    );
  let rounds = 0;
  for (; !hasAll(); rounds++) network.round();
  return rounds;
}

it('it catches up though one priority of all did not move meanwhile', () => {
  const rounds = [1, 2, 3, 4, 5, 6, 7, 8].map(roundsToCatchUp);
  expect(Math.max(...rounds), `${rounds}`).toBeLessThanOrEqual(16);
});
