// What each strategy does to the same cluster, played in virtual time.

import { describe, expect, it } from 'vitest';
import type { MetricDefinition } from '../../../node/core/model.ts';
import type { Message } from '../../../node/core/wire/messages.ts';
import {
  EXCHANGES,
  STRATEGY_NAMES,
  type StrategyName,
} from '../../../node/experiment/plan/plan.ts';
import { metric } from '../../core/support.ts';
import { createObserved, isFull, type Observed } from '../measures/observed.ts';
import { METRICS } from '../measures/support.ts';

const entriesIn = (message: Message): number =>
  'chunks' in message ? message.chunks.reduce((sum, { entries }) => sum + entries.length, 0) : 0;

/** Runs until all know all; virtual ms. */
function convergedAfter(cluster: Observed, limitMs = 30_000): number {
  const { simulation } = cluster;
  while (!isFull(cluster) && simulation.now() < limitMs) cluster.run(100);
  return isFull(cluster) ? simulation.now() : Number.POSITIVE_INFINITY;
}

describe.each(STRATEGY_NAMES)('%s', (strategy) => {
  it.each([1, 2, 3])('brings everything to every node, seed %i', (seed) => {
    expect(convergedAfter(createObserved({ seed, strategy, nodes: 12 }))).toBeLessThan(12_000);
  });

  it('goes on after that: published changes reach all nodes', () => {
    const jump = (index: number, at: number) => [index === 2 && at > 10_000 ? 90 : 20, 100];
    const cluster = createObserved({ seed: 9, strategy, values: jump });
    cluster.run(25_000);
    expect(cluster.collector.finish(25_000).rows.updates).toMatchObject([{ reached: 7 }]);
  });

  it.each(EXCHANGES)('converges by %s too, and data goes that way alone', (direction) => {
    const carried = { request: 0, answer: 0 };
    const cluster = createObserved({
      ...{ seed: 4, strategy, direction },
      onMessage(message) {
        if (message.kind === 'answer') carried.answer += entriesIn(message);
        if (message.kind === 'exchange') carried.request += entriesIn(message);
      },
    });
    expect(convergedAfter(cluster, 60_000)).toBeLessThan(60_000);
    if (direction === 'push') expect(carried.answer).toBe(0);
    // Whom nobody knows, nobody can ask: newcomers bring labels, cards and first values along.
    if (direction === 'pull')
      expect(carried.request).toBe(7 * (1 + METRICS.length + METRICS.length));
    const before = { ...carried };
    cluster.run(20_000);
    const [requests, answers] = [carried.request - before.request, carried.answer - before.answer];
    if (direction === 'pull') expect(requests).toBe(0);
    else expect(requests).toBeGreaterThan(0);
    if (direction === 'push') expect(answers).toBe(0);
    else expect(answers).toBeGreaterThan(0);
  });
});

/** Bytes a node sends in a second, all values standing still. */
function measureCalm(strategy: StrategyName, nodes: number): number {
  const cluster = createObserved({
    ...{ seed: 6, strategy, nodes, sampleMs: 1_000 },
    values: () => [20, 100],
  });
  cluster.run(7_000);
  const before = cluster.sent.bytes;
  cluster.run(4_000);
  return (cluster.sent.bytes - before) / nodes / 4;
}

const measured = new Map<string, number>();
function calmBytes(strategy: StrategyName, nodes: number): number {
  const key = `${strategy} ${nodes}`;
  const bytes = measured.get(key) ?? measureCalm(strategy, nodes);
  measured.set(key, bytes);
  return bytes;
}

describe('a calm cluster', () => {
  it.each(['full', 'full-json'] as const)('costs %s bytes for every node in it', (strategy) => {
    const [small, middle, large] = [20, 40, 80].map((nodes) => calmBytes(strategy, nodes));
    const first = ((middle ?? 0) - (small ?? 0)) / 20;
    const second = ((large ?? 0) - (middle ?? 0)) / 40;
    // The original: 475 bytes a node and second on the wire, counters of all nodes included.
    expect(first).toBeGreaterThan(strategy === 'full' ? 40 : 150);
    expect(second / first).toBeGreaterThan(0.7);
    expect(second / first).toBeLessThan(1.3);
  });

  it('costs priomon all but the same, whatever its size', () => {
    const [small, large] = [calmBytes('priomon', 20), calmBytes('priomon', 80)];
    expect(large - small).toBeLessThan(60);
    expect(large).toBeLessThan(calmBytes('full', 80) / 20);
  });

  it('makes full tell every sample, and the others next to nothing', () => {
    const publishedBy = (strategy: StrategyName): number => {
      const cluster = createObserved({ seed: 6, strategy, values: () => [20, 100] });
      cluster.run(20_000);
      const { transmissions = [] } = cluster.collector.finish(20_000).rows;
      const sum = (key: 'published' | 'sampled') =>
        transmissions.reduce((n, row) => n + row[key], 0);
      return sum('published') / sum('sampled');
    };
    expect([publishedBy('full'), publishedBy('full-json')]).toEqual([1, 1]);
    for (const strategy of ['digest', 'strict', 'priomon'] as const) {
      expect(publishedBy(strategy)).toBeLessThan(0.05);
    }
  });
});

const important = (count: number): MetricDefinition[] =>
  Array.from({ length: count }, (_, i) =>
    metric(`important${i}`, { priority: 200, delta: { kind: 'absolute', change: 1 } }),
  );
const HUMBLE = metric('humble', { priority: 1, delta: { kind: 'absolute', change: 1 } });
const SCARCE = { budgetBytes: 250, urgentPriority: 255, refreshMs: 3_600_000 };

/** The worst lag of the humble metric in a minute of overload, ms. */
function humbleLagMs(strategy: StrategyName): number {
  const metrics = [HUMBLE, ...important(24)];
  const cluster = createObserved({
    ...{ seed: 1, strategy, metrics, settings: SCARCE, sampleMs: 250 },
    values: (_, at) => [
      Math.floor(at / 5_000) * 2,
      ...metrics.slice(1).map(() => Math.floor(at / 250)),
    ],
  });
  let worst = 0;
  for (let second = 0; second < 60; second++) {
    cluster.run(1_000);
    cluster.collector.observe(cluster.simulation.now());
  }
  const { samples = [] } = cluster.collector.finish(60_000).rows;
  for (const row of samples) {
    if (row.kind === 'lag' && row.metric === 'humble') worst = Math.max(worst, row.max);
  }
  return worst;
}

describe('more important news than messages can hold', () => {
  it('starves what is least important under strict priority, and not under priomon', () => {
    expect(humbleLagMs('strict')).toBeGreaterThan(30_000);
    expect(humbleLagMs('priomon')).toBeLessThan(20_000);
  });
});

/** How many values are lost for good, when a burst is more than messages can hold. */
function lostAfterBurst(strategy: StrategyName): number {
  const metrics = important(24);
  // Everything changes at once, and nothing ever after.
  const values = (_: number, at: number) => metrics.map((__, i) => (at < 20_000 ? i : i + 500));
  const settings = { budgetBytes: 300, urgentPriority: 255, refreshMs: 36_000_000 };
  const cluster = createObserved({ seed: 2, strategy, metrics, settings, nodes: 6, values });
  cluster.run(120_000);
  let lost = 0;
  for (const { engine } of cluster.simulation.nodes) {
    for (const { id } of cluster.simulation.nodes) {
      const held = engine?.view.member(id)?.metrics ?? [];
      for (const [i, { name }] of metrics.entries()) {
        const reading = held.find(({ definition }) => definition.name === name);
        if (reading?.value !== i + 500) lost++;
      }
    }
  }
  return lost;
}

describe('a burst that no message can hold', () => {
  it('loses entries for good when the newest go first, and none under priomon', () => {
    expect(lostAfterBurst('digest')).toBeGreaterThan(50);
    expect(lostAfterBurst('priomon')).toBe(0);
  });
});
