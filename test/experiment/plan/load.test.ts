// What an experiment's file may say, and what becomes of it; flags beside it; files on disk.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../node/config/problem.ts';
import { loadExperiment, readExperimentFile } from '../../../node/experiment/plan/load.ts';
import { loadText, planOf, refusals, refusalsOf } from './support.ts';

describe('a file that says nothing', () => {
  it('is a small simulation with everything at its default', () => {
    expect(planOf('')).toEqual({
      ...{ name: 'a', title: 'a', description: '', questions: [], mode: 'simulate' },
      ...{ seed: 1, runs: 5, maxRoundRounds: 3, minDelayMs: 0.2, maxDelayMs: 2 },
      grid: {
        ...{ nodes: [20], roundMs: [1_000], targetCount: [1], strategy: ['priomon'] },
        ...{ exchange: ['push-pull'], budgetBytes: [4_096], loss: [0], failureRate: [0] },
        metricSet: [{ name: 'default', metrics: expect.any(Array) }],
        workload: [{ kind: 'random-walk', intensity: 1 }],
      },
      ...{ convergenceLimitMs: 100_000, measureMs: 60_000, sampleMs: 1_000, basePort: 4_000 },
      failure: { atMs: 15_000, how: 'crash' },
      ...{ keepsRounds: true, storesSamples: false, logLevel: 'error', start: 'cold' },
      protocol: expect.objectContaining({ cluster: 'priomon', neighbours: 32 }),
    });
  });

  it('delays nothing by itself on a real network', () => {
    expect(planOf('mode: emulate')).toMatchObject({ minDelayMs: 0, maxDelayMs: 0 });
  });

  it('may be no file at all', () => {
    const { plan, source, notes } = loadExperiment(undefined, { nodes: '100', seed: '9' });
    expect(plan).toMatchObject({ name: 'experiment', seed: 9, grid: { nodes: [100] } });
    expect(source).toBe('seed: "9"\nnodes: "100"\n');
    expect(notes).toEqual([]);
  });
});

describe('values', () => {
  it('are one, a list, or one text with commas; what stands twice counts once', () => {
    expect(planOf('nodes: 7').grid.nodes).toEqual([7]);
    expect(planOf('nodes: [7, 9, 7]').grid.nodes).toEqual([7, 9]);
    expect(planOf('nodes: 7, 9').grid.nodes).toEqual([7, 9]);
    expect(planOf('nodes:\n  - 7\n  - "9"').grid.nodes).toEqual([7, 9]);
  });

  it('gossip_rate is another word for round', () => {
    expect(planOf('gossip_rate: [0.5, 2]').grid.roundMs).toEqual([500, 2_000]);
    expect(planOf('gossip_rate: 2', { round: '3s' }).grid.roundMs).toEqual([3_000]);
  });

  it.each([
    ['5ms', 5, 5],
    ['0.5ms .. 2ms', 0.5, 2],
    ['0', 0, 0],
    ['0.02', 20, 20],
  ])('delay: %s', (written, minDelayMs, maxDelayMs) => {
    expect(planOf(`delay: ${written}`)).toMatchObject({ minDelayMs, maxDelayMs });
  });

  it('rounds: a number stretches calm rounds so far', () => {
    expect(planOf('rounds: 1.5').maxRoundRounds).toBe(1.5);
    expect(planOf('rounds: adaptive').maxRoundRounds).toBe(3);
    expect(planOf('rounds: fixed').maxRoundRounds).toBe(1);
  });

  it('a trace lies beside the file that names it, unless it is elsewhere', () => {
    const sources = ['a.csv', '/data/b.csv', 'http://10.0.0.1:4001'];
    const workload = sources.map((source) => ({ kind: 'trace', source }));
    const { plan } = loadText(JSON.stringify({ workload }), 'lab/x.yaml');
    expect(plan.grid.workload.map(({ source }) => source)).toEqual([
      join('lab', 'a.csv'),
      '/data/b.csv',
      'http://10.0.0.1:4001',
    ]);
  });

  it('an empty group sets nothing; queries: {} asks the usual ones', () => {
    expect(planOf('failure:\nqueries:\nprotocol:').queries).toBeUndefined();
    expect(planOf('queries: {}').queries).toEqual({ count: 100, quorum: 3, tries: 3 });
    expect(planOf('partition: {}').partition).toEqual({ share: 0.5, atMs: 15_000, forMs: 15_000 });
  });
});

describe('metric sets', () => {
  const metricsOf = (text: string) => planOf(text).grid.metricSet[0]?.metrics ?? [];

  it('start from the four standard metrics', () => {
    const four = ['cpu', 'memory', 'network', 'storage'];
    expect(metricsOf('').map(({ name }) => name)).toEqual(four);
    expect(metricsOf('metric_sets: { same: }')).toEqual(metricsOf(''));
  });

  it('change priorities and deltas, leave metrics out and take others in', () => {
    const text = `
metric_sets:
  trial:
    cpu: { priority: 9, delta: 0.5 }
    network: { delta: 20% min 100 }
    memory: { gossip: no }
    load1:
    swap: { priority: 2 }
    queue: { priority: 7, delta: 5, unit: jobs, description: Jobs that wait }
`;
    expect(metricsOf(text)).toMatchObject([
      { name: 'cpu', priority: 9, delta: { kind: 'absolute', change: 0.5 }, resolution: 0.01 },
      { name: 'network', priority: 5, delta: { kind: 'relative', ratio: 0.2, floor: 100 } },
      { name: 'storage', priority: 10 },
      { name: 'swap', priority: 2, unit: '%' },
      {
        ...{ name: 'queue', priority: 7, unit: 'jobs', description: 'Jobs that wait' },
        ...{ delta: { kind: 'absolute', change: 5 }, kind: 'gauge', resolution: 0.1 },
      },
    ]);
  });

  it('are compared in the order of the file', () => {
    const { metricSet } = planOf('metric_sets: { b: , a: }').grid;
    expect(metricSet.map(({ name }) => name)).toEqual(['b', 'a']);
  });
});

describe('flags', () => {
  it('win over the file and are told in the source', () => {
    const flags = { nodes: '4,8', 'failure.rate': '0.25' };
    const { plan, source } = loadText('nodes: 7\nfailure: { at: 5s, rate: 0 }\n', 'a.yaml', flags);
    expect(plan.grid).toMatchObject({ nodes: [4, 8], failureRate: [0.25] });
    expect(plan.failure.atMs).toBe(5_000);
    expect(source).toBe(
      'nodes: 7\nfailure: { at: 5s, rate: 0 }\n\n# Changed on the command line:\n' +
        '# nodes: 4,8\n# failure:\n#   rate: "0.25"\n',
    );
  });

  it('are named when they are wrong', () => {
    expect(refusalsOf('', 'a.yaml', { runs: 'x', nodes: '5,1' }).sort()).toEqual([
      'nodes is "5,1" (--nodes), but must be a whole number from 2 to 100000.',
      'runs is "x" (--runs), but must be a whole number from 1 to 10000.',
    ]);
  });

  it('a mode without real nodes says which settings it leaves aside', () => {
    const text = 'mode: emulate\nbase_port: 5000\nstore_samples: yes\nlog_level: info';
    expect(loadText(text).notes).toEqual([]);
    const { notes } = loadText(text, 'a.yaml', { mode: 'simulate' });
    expect(notes.map((note) => note.split(' ')[0])).toEqual([
      'base_port',
      'log_level',
      'store_samples',
    ]);
    expect(notes[0]).toBe(
      'base_port (a.yaml line 2) has no effect in mode simulate, which starts no real nodes.',
    );
  });
});

describe('files', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plan-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('are read from a path, and named after it', async () => {
    const path = join(folder, 'trial run.yaml');
    await writeFile(path, 'nodes: 5\n');
    const { plan, source } = await readExperimentFile(path, { runs: '1' });
    expect(plan).toMatchObject({ name: 'trial run', runs: 1, grid: { nodes: [5] } });
    expect(source).toContain('nodes: 5\n');
  });

  it('that are missing, or too long, are refused in a sentence', async () => {
    const missing = join(folder, 'none.yaml');
    await expect(readExperimentFile(missing)).rejects.toThrow(ConfigError);
    await expect(readExperimentFile(missing)).rejects.toThrow(
      `The configuration file ${missing} cannot be read: there is no such file; check the path.`,
    );
    const text = `# ${'x'.repeat(140_000)}`;
    expect(refusals(() => loadExperiment({ name: 'a.yaml', text }))[0]).toMatch(/has 140002 char/);
  });
});
