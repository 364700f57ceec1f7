// PrioMon's own config.ini as an experiment.

import { describe, expect, it } from 'vitest';
import { runSpecsOf } from '../../../node/experiment/plan/points.ts';
import { README_EXAMPLE } from '../../config/sources/readme-example.ts';
import { loadText, refusalsOf } from './support.ts';

const load = (text: string, flags: Record<string, string> = {}) =>
  loadText(text, 'config.ini', flags);
const parameters = (lines: string) => load(`[PrioMonParam]\n${lines}`);
const system = (lines: string) => load(`[system_setting]\n${lines}`);

describe("the README's example", () => {
  const { plan, notes, source, databaseFile } = load(README_EXAMPLE);

  it('is one run of 10 real nodes, half of which are killed, and then queried', () => {
    expect(plan).toMatchObject({ name: 'config', mode: 'emulate', runs: 1, basePort: 4_000 });
    expect(plan.grid).toMatchObject({ nodes: [10], roundMs: [1_000], targetCount: [1] });
    expect(plan.grid.failureRate).toEqual([0.5]);
    expect(plan.queries).toEqual({ count: 100, quorum: 3, tries: 3 });
    expect(plan).toMatchObject({ keepsRounds: true, storesSamples: false });
    expect(runSpecsOf(plan)).toHaveLength(1);
  });

  it('has time for these although it does not continue after convergence', () => {
    expect(plan).toMatchObject({ measureMs: 30_000, failure: { atMs: 7_500, how: 'crash' } });
  });

  it('has its priorities and deltas as a set', () => {
    const [set] = plan.grid.metricSet;
    expect(set?.name).toBe('ini');
    expect(set?.metrics.map(({ name, priority, delta }) => [name, priority, delta])).toEqual([
      ['cpu', 1, { kind: 'absolute', change: 5 }],
      ['memory', 5, { kind: 'absolute', change: 7 }],
      ['network', 5, { kind: 'relative', ratio: 0.15, floor: 4_096 }],
      ['storage', 10, { kind: 'absolute', change: 10 }],
    ]);
  });

  it('keeps its text and says once what is read in another way', () => {
    expect(source).toBe(README_EXAMPLE);
    expect(databaseFile).toBeUndefined();
    expect(notes).toEqual([
      expect.stringContaining('config.ini: nodes are real processes on this machine'),
      expect.stringContaining('config.ini: a higher priority is more important'),
      expect.stringContaining('config.ini: client_port is the base port of local nodes'),
      expect.stringContaining('config.ini: docker_ip is not needed'),
      expect.stringContaining('config.ini: 30s after convergence are measured'),
      expect.stringContaining('config.ini: query_logic = 1 asks 100 queries with a quorum of 3'),
    ]);
    for (const note of notes) expect(note).toMatch(/^[^\n]+\.$/);
  });

  it('runs in virtual time when told, without notes about what is changed', () => {
    const simulated = load(README_EXAMPLE, { mode: 'simulate', measure: '20s' });
    expect(simulated.plan).toMatchObject({ mode: 'simulate', measureMs: 20_000 });
    expect(simulated.notes.join()).not.toMatch(/real processes|30s/);
    expect(simulated.notes).toContain(
      'base_port (config.ini line 8, as client_port) has no effect in mode simulate, which ' +
        'starts no real nodes.',
    );
  });
});

describe('parameters', () => {
  it.each(['PrioMonParam', 'PriomonParam', 'DemonParam'])('stand in section %s', (section) => {
    const text = `[${section}]\nnode_range = [10, 50] ; sizes\ngossip_rate = 0.5 # fast\nruns = 3`;
    const { plan } = load(text);
    expect(plan.runs).toBe(3);
    expect(plan.grid).toMatchObject({ nodes: [10, 50], roundMs: [500] });
  });

  it('have ranges, which win over single values and say so', () => {
    const { plan, notes } = parameters(
      'gossip_rate = 1\ngossip_rate_range = [0.5, 2]\ntarget_count = 1\ntarget_count_range = [2, ' +
        '3]',
    );
    expect(plan.grid).toMatchObject({ roundMs: [500, 2_000], targetCount: [2, 3] });
    expect(notes).toContain(
      'config.ini: gossip_rate_range is run, and gossip_rate beside it left out.',
    );
    expect(notes).toContain(
      'config.ini: target_count_range is run, and target_count beside it left out.',
    );
  });

  it('continue after convergence for a minute, or ten rounds if they are longer', () => {
    expect(parameters('continue_after_convergence = 0').plan.measureMs).toBe(0);
    const { plan, notes } = parameters('continue_after_convergence = 1');
    expect(plan.measureMs).toBe(60_000);
    expect(notes.join()).toContain('continue_after_convergence = 1 measures 1m after it');
    const slow = 'continue_after_convergence = 1\ngossip_rate_range = [1, 10]';
    expect(parameters(slow).plan.measureMs).toBe(100_000);
    const single = 'continue_after_convergence = 1\ngossip_rate = 30';
    expect(parameters(single).plan.measureMs).toBe(300_000);
  });

  it('push mode stores samples at the nodes, and says what it is not', () => {
    const { plan, notes } = parameters('push_mode = 1');
    expect(plan.storesSamples).toBe(true);
    expect(notes.join()).toContain('push_mode = 1 lets every node store its samples');
  });

  it('without any, the defaults of other experiments hold', () => {
    const { plan } = parameters('runs = 1');
    expect(plan.grid).toMatchObject({ nodes: [20], roundMs: [1_000], failureRate: [0] });
    expect(plan.grid.metricSet.map(({ name }) => name)).toEqual(['default']);
    expect(plan.queries).toBeUndefined();
  });
});

describe('system settings', () => {
  it('query_logic 1 runs queries, 0 none', () => {
    expect(system('query_logic = 1').plan.queries).toEqual({ count: 100, quorum: 3, tries: 3 });
    expect(system('query_logic = 0').plan.queries).toBeUndefined();
  });

  it('is_send_data_back keeps the rows of rounds, or not', () => {
    expect(system('is_send_data_back = 1').plan.keepsRounds).toBe(true);
    const { plan, notes } = system('is_send_data_back = 0');
    expect(plan.keepsRounds).toBe(false);
    expect(notes.join()).toContain('is_send_data_back = 0 keeps no rows for single rounds');
  });

  it.each([
    ['debug_mode = 1', 'debug'],
    ['log_level = WARNING', 'warn'],
    ['failure_rate = 0', 'error'],
  ])('%s tells at %s', (line, level) => {
    expect(system(line).plan.logLevel).toBe(level);
  });

  it('a failure rate alone gives time to see the failure', () => {
    expect(system('failure_rate = 0.25').plan).toMatchObject({ measureMs: 30_000 });
  });
});

it('the database section names where results go', () => {
  expect(load('[database]\ndb_file = "priomonDB.db"').databaseFile).toBe('priomonDB.db');
});

it('the other examples of the README', () => {
  const { plan } = load(
    '[PrioMonParam]\ngossip_rate = 0.5\ntarget_count = 3\n[MetricPriorities]\nnetwork_priority = ' +
      '15',
  );
  expect(plan.grid).toMatchObject({ roundMs: [500], targetCount: [3] });
  expect(plan.grid.metricSet[0]?.metrics.map(({ priority }) => priority)).toEqual([1, 5, 15, 10]);
});

describe('refused with line and the name that the INI has', () => {
  it.each([
    [
      '[PrioMonParam]\nnode_range = [4]\ntarget_count_range = [1, 4]',
      'target_count is 4 (config.ini line 3, as target_count_range), but must be below the ' +
        'number of nodes, for no node calls itself, and nodes is 4 (config.ini line 2, as ' +
        'node_range); lower it or start more nodes.',
    ],
    [
      '[system_setting]\nfailure_rate = 1.0',
      'failure.rate is 1 (config.ini line 2, as failure_rate), but must leave 2 nodes alive, and ' +
        'kills 20 of 20; lower it or start more nodes.',
    ],
    [
      '[PrioMonParam]\nnode_range = [4]\n[system_setting]\nfailure_rate = 0.5\nquery_logic = 1',
      'queries.quorum is 3 (config.ini line 5, as query_logic), but must be at most 2, the nodes ' +
        'left alive of 4, for failure.rate is 0.5 (config.ini line 4, as failure_rate); lower ' +
        'it, kill fewer or start more nodes.',
    ],
    [
      '[PrioMonParam]\nnode_range = [10, 400]',
      'nodes is 400 (config.ini line 2, as node_range), but must be at most 300 in mode emulate, ' +
        'where each is a process of this machine; lower it or change mode.',
    ],
    [
      '[PrioMonParam]\nnode_range = [1]',
      'nodes.0 is 1 (config.ini line 2, as node_range), but must be a whole number from 2 to ' +
        '100000.',
    ],
    [
      '[PrioMonParam]\ngossip_rate_range = [0.01]',
      'round.0 is "10ms" (config.ini line 2, as gossip_rate_range), but must be a duration from ' +
        '50ms to 1h, such as 500ms, 2s, 5m or 24h (a plain number is seconds).',
    ],
    [
      '[PrioMonParam]\ngossip_rate = soon\ngossip_rate_range = [1]',
      'round is "soon" (config.ini line 2, as gossip_rate), but must be a duration from 50ms to ' +
        '1h, such as 500ms, 2s, 5m or 24h (a plain number is seconds).',
    ],
    [
      '[PrioMonParam]\nruns = many',
      'runs is "many" (config.ini line 2), but must be a whole number from 1 to 10000.',
    ],
    [
      '[MetricPriorities]\ncpu_priority = 256',
      'metric_sets.ini.cpu.priority is "256" (config.ini line 2, as cpu_priority), but must be a ' +
        'whole number from 1 to 255 (1 is least, 255 most important).',
    ],
    [
      '[system_setting]\nfailure_rat = 0.5',
      'Unknown setting failure_rat (config.ini line 2): did you mean failure_rate?',
    ],
  ])('%j', (text, sentence) => {
    expect(refusalsOf(text, 'config.ini')).toEqual([sentence]);
  });
});
