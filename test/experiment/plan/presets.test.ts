// The experiments that come with PrioMon, and the table of settings in their documents.

import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readExperimentFile } from '../../../node/experiment/plan/load.ts';
import { runSpecsOf } from '../../../node/experiment/plan/points.ts';
import { EXPERIMENT_SETTINGS } from '../../../node/experiment/plan/settings.ts';
import { findExperiment, listPresets } from '../../../node/experiment/presets/presets.ts';

const PRESETS = await listPresets();

describe.each(PRESETS)('preset $name', ({ name, path }) => {
  it('can be run by its name and by its path', async () => {
    const { plan } = await readExperimentFile(name);
    expect(plan.name).toBe(name);
    expect(runSpecsOf(plan).length).toBeGreaterThan(0);
    expect((await readExperimentFile(path)).plan).toEqual(plan);
  });

  it('says what it is for, unless it is an INI, which cannot', async () => {
    const { plan } = await readExperimentFile(name);
    if (path.endsWith('.ini')) return expect(plan.mode).toBe('emulate');
    expect(plan.title).not.toBe(name);
    expect(plan.description).toMatch(/\.$/);
    expect(plan.questions.length).toBeGreaterThan(0);
    for (const question of plan.questions) expect(question).toMatch(/^[A-Z].*\?$/);
  });

  it('is small enough to run shorter', async () => {
    const { mode } = (await readExperimentFile(name)).plan;
    const { plan } = await readExperimentFile(name, { runs: '1', nodes: '20' });
    expect(plan).toMatchObject({ mode, runs: 1, grid: { nodes: [20] } });
  });
});

describe('presets', () => {
  it('cover what experiments are for', () => {
    expect(PRESETS.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        ...['quick', 'convergence', 'priority-impact', 'failure-queries', 'overhead', 'budget'],
        ...['scale', 'directions', 'machine', 'originals', 'priomon', 'priomon-sweep'],
      ]),
    );
  });

  it('quick is quick, and has something for every table', async () => {
    const { plan } = await readExperimentFile('quick');
    const seconds = (nodes: number) => (nodes * plan.measureMs) / 1_000;
    const work = runSpecsOf(plan).reduce((sum, { point }) => sum + seconds(point.nodes), 0);
    expect(work).toBeLessThan(30_000);
    expect(plan).toMatchObject({ mode: 'simulate', keepsRounds: true });
    expect(plan.queries).toBeDefined();
    expect(plan.partition).toBeDefined();
    expect(plan.failure.restartAfterMs).toBeDefined();
    expect(plan.grid.failureRate.some((rate) => rate > 0)).toBe(true);
    expect(plan.grid.strategy.length).toBeGreaterThan(1);
  });

  it('a word that is none is refused with the nearest one', async () => {
    await expect(findExperiment('quik')).rejects.toThrow(
      'There is no preset and no file called quik: did you mean quick?',
    );
    await expect(findExperiment('zzz')).rejects.toThrow(/known are budget, convergence, .*\.$/);
  });
});

it('the documents name every setting with its default', async () => {
  const text = await readFile(
    new URL('../../../node/experiment/README.md', import.meta.url),
    'utf8',
  );
  const rows = [...text.matchAll(/^\| `([\w.]+)` \| (.*?) \| (.*) \|$/gm)];
  const told = new Map(rows.map(([, name = '', fallback]) => [name, fallback]));
  for (const { name, fallback } of EXPERIMENT_SETTINGS) {
    if (!name.startsWith('protocol.')) expect([name, told.get(name)]).toEqual([name, fallback]);
  }
});
