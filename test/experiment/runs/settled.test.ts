// Runs that begin where a long run would be: all know all, and changes go on.

import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { loadExperiment } from '../../../node/experiment/plan/load.ts';
import { runSpecsOf } from '../../../node/experiment/plan/points.ts';
import { performRun } from '../../../node/experiment/runs/perform.ts';
import { openSimulated } from '../../../node/experiment/runs/simulated.ts';

const TEXT = 'nodes: 40\nstart: settled\nruns: 1\nmeasure: 30s\nrounds: fixed\nworkload: flapping';

async function run(text: string) {
  const [spec] = runSpecsOf(loadExperiment({ name: 'a.yaml', text }).plan);
  if (spec === undefined) throw new RangeError('the plan has no run');
  return performRun({
    spec,
    openStage: openSimulated,
    onLine: () => {},
    folder: tmpdir(),
    signal: new AbortController().signal,
    onProgress: () => {},
  });
}

it('a settled run measures from its first moment and says nothing of convergence', async () => {
  const { rows, lengthMs } = await run(TEXT);
  const names = new Set(rows.measures?.map(({ name }) => name));
  expect(lengthMs).toBe(30_000);
  expect(names).not.toContain('full_view_ms');
  expect(names).toContain('error_deltas');
});

it('every view holds every node from the start, and changes reach all', async () => {
  const { rows } = await run(TEXT);
  const rounds = rows.rounds ?? [];
  expect(rounds.length).toBeGreaterThan(1_000);
  expect(new Set(rounds.map(({ known }) => known))).toEqual(new Set([39]));
  const updates = rows.updates ?? [];
  expect(updates.length).toBeGreaterThan(20);
  expect(updates.filter(({ reached, wanted }) => reached < wanted)).toEqual([]);
});

it('nodes do not march in step', async () => {
  const { rows } = await run(TEXT);
  const first = (rows.rounds ?? []).filter(({ round }) => round === 1);
  const places = new Set(first.map(({ atMs }) => Math.floor(atMs / 100)));
  expect(first.length).toBe(40);
  expect(places.size).toBeGreaterThan(6);
});
