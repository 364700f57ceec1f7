// The query load: evenly over the phases of a run, put to the living, about any node.

import { expect, it } from 'vitest';
import { createCollector } from '../../../node/experiment/measures/collector.ts';
import { planFaults } from '../../../node/experiment/runs/fault-schedule.ts';
import { planQueries } from '../../../node/experiment/runs/queries.ts';
import type { Reply } from '../../../node/experiment/runs/stage.ts';
import { perform, simulatedCluster, specOf } from './support.ts';

const FLAGS = {
  mode: 'simulate',
  nodes: '12',
  measure: '40s',
  'failure.rate': '0.5',
  'failure.at': '10s',
  'failure.restart_after': '15s',
  'queries.count': '20',
};

it('has as many queries before failures, while nodes are down, and after', async () => {
  const { queries = [] } = (await perform(specOf(FLAGS))).rows;
  const of = (phase: string) => queries.filter((query) => query.phase === phase);
  for (const phase of ['before', 'failed', 'after']) expect(of(phase)).toHaveLength(20);
  const numbers = queries.map(({ number }) => number).sort((a, b) => a - b);
  expect(numbers).toEqual(queries.map((_, number) => number));
  // Half a step from the edge of a phase of ten seconds, then whole steps of it.
  const before = of('before').sort((a, b) => a.number - b.number);
  const steps = before.map(({ atMs }, i, all) => atMs - (all[i - 1]?.atMs ?? Number.NaN));
  for (const step of steps.slice(1)) expect(step).toBeCloseTo(500);
});

it('asks nodes that live, about living and dead ones alike', async () => {
  const { queries = [], nodes = [] } = (await perform(specOf(FLAGS))).rows;
  const down = nodes.filter(({ killedAtMs }) => killedAtMs !== null).map(({ node }) => node);
  const failed = queries.filter(({ phase }) => phase === 'failed');
  expect(failed.filter(({ coordinator }) => down.includes(coordinator))).toEqual([]);
  expect(failed.some(({ isTargetAlive }) => !isTargetAlive)).toBe(true);
  for (const { target, isTargetAlive } of failed) {
    expect(isTargetAlive).toBe(!down.includes(target));
  }
  expect(failed.filter(({ isAnswered }) => isAnswered).length).toBeGreaterThan(10);
});

it('tells how stale each answer was, and of none where there was no answer', async () => {
  const { queries = [] } = (await perform(specOf(FLAGS))).rows;
  for (const { isAnswered, failure, trueStalenessMs, statedStalenessMs } of queries) {
    expect(isAnswered).toBe(failure === '');
    if (isAnswered) expect(statedStalenessMs).toBeGreaterThanOrEqual(trueStalenessMs ?? -1);
    else expect(trueStalenessMs).toBeNull();
  }
});

it('changes nothing of what the nodes go through', async () => {
  const { 'queries.count': _, ...without } = FLAGS;
  const [asked, unasked] = [await perform(specOf(FLAGS)), await perform(specOf(without))];
  expect(asked.rows.membershipEvents).toEqual(unasked.rows.membershipEvents);
  expect(asked.rows.nodes).toEqual(unasked.rows.nodes);
});

it('waits for answers that are still out, but not once it is stopped', async () => {
  const spec = specOf(FLAGS);
  const stage = await simulatedCluster(FLAGS);
  const silent = { ...stage, ask: () => new Promise<Reply>(() => {}), until: async () => {} };
  const collector = createCollector({
    ...spec.point,
    ...spec.point.metricSet,
    measureMs: 0,
    keepsRounds: false,
  });
  const faults = planFaults(spec, stage, collector, 0);
  const queries = planQueries(spec, silent, collector, { fromMs: 0, endMs: 40_000, faults });
  void queries.actions[0]?.act();
  await queries.settled(AbortSignal.abort());
});
