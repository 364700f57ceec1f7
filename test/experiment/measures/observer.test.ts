// What observers tell, against the engines' own counters and views.

import { describe, expect, it } from 'vitest';
import type { Counters } from '../../../node/core/stats.ts';
import { STRATEGY_NAMES } from '../../../node/experiment/plan/plan.ts';
import { createObserved, isFull, type Observed } from './observed.ts';
import { METRICS } from './support.ts';

const CASES = STRATEGY_NAMES.flatMap((strategy) => [
  { seed: 1, strategy },
  { seed: 2, strategy },
]);

const counted = ({ simulation }: Observed, key: keyof Counters): number =>
  simulation.nodes.reduce((sum, { engine }) => sum + (engine?.status().counters[key] ?? 0), 0);

/** What the collector counted of all metrics. */
function totals({ collector, simulation }: Observed) {
  const { transmissions = [] } = collector.finish(simulation.now()).rows;
  const sum = (key: 'published' | 'sampled' | 'filtered' | 'learned' | 'duplicates' | 'copies') =>
    transmissions.reduce((all, row) => all + row[key], 0);
  return {
    ...{ sampled: sum('sampled'), published: sum('published'), filtered: sum('filtered') },
    ...{ learned: sum('learned'), copies: sum('copies'), duplicates: sum('duplicates') },
  };
}

/** Labels and cards are entries to an engine, and no samples. */
const OPENED = 1 + METRICS.length;

describe.each(CASES)('an observer beside $strategy, seed $seed', (options) => {
  it('counts what was published, filtered and learned as the engines do', () => {
    const cluster = createObserved(options);
    cluster.run(20_000);
    const { sampled, published, filtered, learned, duplicates } = totals(cluster);
    const nodes = cluster.simulation.nodes.length;
    expect(published).toBe(counted(cluster, 'entriesPublished') - nodes * OPENED);
    expect(filtered).toBe(counted(cluster, 'entriesFiltered'));
    expect(sampled).toBe(published + filtered);
    expect(learned).toBe(counted(cluster, 'entriesLearned') - nodes * (nodes - 1) * OPENED);
    expect(learned).toBeGreaterThan(100);
    // Nothing is lost: what was put into messages came, but for one that may be on its way.
    const onTheWay = cluster.sent.entries - learned - duplicates;
    expect(onTheWay).toBeGreaterThanOrEqual(0);
    expect(onTheWay).toBeLessThan(nodes * METRICS.length);
  });

  it('sees every copy in every message, whether members go by key or by position', () => {
    const seen = { byKey: 0, byPosition: 0 };
    const cluster = createObserved({
      ...options,
      onMessage(message) {
        if (!('chunks' in message) || message.chunks.length === 0) return;
        seen[message.byKey ? 'byKey' : 'byPosition']++;
      },
    });
    cluster.run(20_000);
    expect(totals(cluster).copies).toBe(cluster.sent.entries);
    expect(seen.byKey).toBeGreaterThan(0);
    if (!options.strategy.startsWith('full')) expect(seen.byPosition).toBeGreaterThan(0);
  });

  it('knows the moment at which all know all', () => {
    const cluster = createObserved(options);
    let fullAt = Number.NaN;
    for (let ms = 1; ms <= 10_000 && Number.isNaN(fullAt); ms++) {
      cluster.run(1);
      if (isFull(cluster)) fullAt = cluster.simulation.now();
    }
    const told = cluster.collector.convergence.fullAt() ?? Number.NaN;
    expect(told).toBeGreaterThan(fullAt - 1);
    expect(told).toBeLessThanOrEqual(fullAt);
  });
});

describe('an observer', () => {
  it('names the owner of every copy right: only a node that holds an update copies it', () => {
    const cluster = createObserved({ seed: 3, strategy: 'priomon', nodes: 12 });
    const wrong: unknown[] = [];
    const { copied } = cluster.collector;
    Object.assign(cluster.collector, {
      copied(...[node, at, copy]: Parameters<typeof copied>) {
        const { engine } = cluster.simulation.nodes[node] ?? {};
        const held = engine?.view.member(`n${copy.owner + 1}`);
        const name = cluster.metrics[copy.metric]?.name;
        const reading = held?.metrics.find(({ definition }) => definition.name === name);
        if (reading?.version !== copy.version || held?.generation !== copy.generation) {
          wrong.push(copy);
        }
        copied(node, at, copy);
      },
    });
    cluster.run(15_000);
    expect(wrong).toEqual([]);
    expect(cluster.sent.entries).toBeGreaterThan(500);
  });

  it('follows an update to where it went', () => {
    const jump = (index: number, at: number) => [index === 2 && at > 10_000 ? 90 : 20, 100];
    const cluster = createObserved({ seed: 4, strategy: 'priomon', values: jump });
    const firstSeen = new Map<string, number>();
    for (let ms = 0; ms < 25_000; ms++) {
      cluster.run(1);
      for (const { id, engine } of cluster.simulation.nodes) {
        const value = engine?.view.member('n3')?.metrics.find(({ value: v }) => v === 90);
        if (value !== undefined && !firstSeen.has(id)) firstSeen.set(id, cluster.simulation.now());
      }
    }
    const { updates = [], spreads = [] } = cluster.collector.finish(25_001).rows;
    const since = updates[0]?.publishedAtMs ?? Number.NaN;
    expect(updates).toMatchObject([{ owner: 'n3', metric: 'load', reached: 7, wanted: 7 }]);
    expect(updates[0]?.allMs).toBeCloseTo(Math.max(...firstSeen.values()) - since, -1);
    for (const { node, afterMs } of spreads) {
      expect(Math.abs((firstSeen.get(node) ?? 0) - since - afterMs)).toBeLessThanOrEqual(1);
    }
    expect(new Set(spreads.map(({ node }) => node)).size).toBe(8);
    // Whoever told somebody had it before.
    const after = new Map(spreads.map(({ node, afterMs }) => [node, afterMs]));
    for (const { from, afterMs } of spreads) {
      expect(after.get(from)).toBeLessThanOrEqual(afterMs);
    }
  });

  it('cuts time into the rounds of each node, and begins anew after a restart', () => {
    const cluster = createObserved({ seed: 5, strategy: 'digest', nodes: 4 });
    cluster.run(10_000);
    const node = cluster.simulation.nodes[3];
    if (node === undefined) throw new Error('there are four nodes');
    cluster.simulation.crash(node, { keepDisk: true });
    cluster.collector.down(3, cluster.simulation.now());
    cluster.run(2_000);
    cluster.collector.up(3, cluster.simulation.now());
    cluster.start(node, 3);
    cluster.run(8_000);
    const { rounds = [] } = cluster.collector.finish(cluster.simulation.now()).rows;
    const own = rounds.filter((row) => row.node === 'n4');
    const numbers = own.map(({ round }) => round);
    const second = numbers.lastIndexOf(1);
    expect(second).toBeGreaterThan(5);
    expect(numbers.slice(0, second)).toEqual(numbers.slice(0, second).map((_, i) => i + 1));
    expect(numbers.slice(second)).toEqual(numbers.slice(second).map((_, i) => i + 1));
    expect(own.filter(({ newEntries, newNodes }) => newEntries < 0 || newNodes < 0)).toEqual([]);
    expect(own.filter(({ lengthMs }) => lengthMs > 1_500)).toEqual([]);
    expect(own.at(-1)?.known).toBe(3);
  });
});
