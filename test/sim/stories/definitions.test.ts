// Words that only a node could explain which is gone: they hold up nobody's metrics, and nobody
// asks for them for ever.

import { describe, expect, it } from 'vitest';
import type { MetricDefinition } from '../../../node/core/model.ts';
import { metric } from '../../core/support.ts';
import { type Cluster, runUntil, startCluster } from './cluster.ts';

const SIZE = 20;

/** As a user posts them: each with a description, the values together after all definitions. */
function post(cluster: Cluster, id: string, count: number): MetricDefinition[] {
  const node = cluster.node(id);
  const definitions = Array.from({ length: count }, (_, i) =>
    metric(`${id}_metric_${i}`, {
      unit: '',
      description: `What ${id} measures as number ${i}, in the words of the one who posted it`,
    }),
  );
  for (const definition of definitions) {
    cluster.simulation.input(node, { type: 'define', definition });
  }
  const values = Object.fromEntries(definitions.map(({ name }, i) => [name, i]));
  cluster.sample(node, values);
  return definitions;
}

/** How many pairs of a node and one of these metrics are visible. */
const visiblePairs = (cluster: Cluster, id: string, names: ReadonlySet<string>): number =>
  cluster.up().reduce((sum, viewer) => {
    const metrics = viewer.engine?.view.member(id)?.metrics ?? [];
    return sum + metrics.filter(({ definition }) => names.has(definition.name)).length;
  }, 0);

function exchangesPerRound(cluster: Cluster, forMs: number): number {
  const count = (): [number, number] => {
    const all = cluster.up().map(({ engine }) => engine?.status().counters);
    const sum = (name: 'exchangesStarted' | 'rounds'): number =>
      all.reduce((total, counters) => total + (counters?.[name] ?? 0), 0);
    return [sum('exchangesStarted'), sum('rounds')];
  };
  const [exchanges, rounds] = count();
  cluster.run(forMs);
  const [later, laterRounds] = count();
  return (later - exchanges) / (laterRounds - rounds);
}

/** Kills n20 before anybody but a few can have learned all that its metrics mean. */
function startWithLostWords(seed: number, restarts: boolean): Cluster {
  const cluster = startCluster({ seed, size: SIZE });
  post(cluster, 'n20', 100);
  cluster.run(1_500);
  const node = cluster.node('n20');
  cluster.simulation.crash(node, { keepDisk: true });
  cluster.run(1_000);
  if (restarts) cluster.simulation.start(node);
  cluster.run(4_000);
  return cluster;
}

describe('a node that posted 100 described metrics and is killed 1.5 s later', () => {
  it.each([1, 2])('is restarted: all see within 12 s what another posts then (seed %i)', (seed) => {
    const cluster = startWithLostWords(seed, true);
    const names = new Set(post(cluster, 'n1', 50).map(({ name }) => name));
    const all = cluster.up().length * names.size;
    const tookMs = runUntil(cluster, () => visiblePairs(cluster, 'n1', names) === all, 90_000, 250);
    expect(tookMs).toBeLessThanOrEqual(12_000);
    expect(exchangesPerRound(cluster, 30_000)).toBe(1);
  });

  it('stays away: all see within 12 s what another posts then, and no node asks for ever', () => {
    const cluster = startWithLostWords(1, false);
    expect(cluster.up().some(({ engine }) => engine?.state.unknownDefinitions.size)).toBe(true);
    const names = new Set(post(cluster, 'n1', 50).map(({ name }) => name));
    const all = cluster.up().length * names.size;
    const tookMs = runUntil(cluster, () => visiblePairs(cluster, 'n1', names) === all, 90_000, 250);
    expect(tookMs).toBeLessThanOrEqual(12_000);
    cluster.run(30_000);
    // What is left is a call to the dead node every fifth round.
    expect(exchangesPerRound(cluster, 60_000)).toBeLessThanOrEqual(1.22);
  });

  it('leaves no definitions behind in any view when its record is gone', () => {
    const cluster = startWithLostWords(1, true);
    const words = (): number[] =>
      cluster.up().map(({ engine }) => engine?.state.definitions.size ?? 0);
    expect(Math.max(...words())).toBeGreaterThan(4);
    // The run before is shown for a minute, and spare words wait for their record some rounds.
    cluster.run(100_000);
    expect(words()).toEqual(words().map(() => 4));
  });
});
