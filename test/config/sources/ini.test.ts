// PrioMon's own config.ini, as its README and its repository have it.

import { describe, expect, it } from 'vitest';
import { type LoadedConfig, loadConfig, resolveConfig } from '../../../node/config/load.ts';
import { readFileText } from '../../../node/config/sources/formats.ts';
import { README_EXAMPLE } from './readme-example.ts';

const load = (text: string, name = 'config.ini'): LoadedConfig =>
  loadConfig({ file: readFileText({ name, text }) });

const messagesOf = (text: string): string[] => {
  const result = resolveConfig({ file: readFileText({ name: 'config.ini', text }) });
  return result.isOk ? [] : result.problems.map(({ message }) => message);
};

describe("the README's example", () => {
  const { config, experiment, notes } = load(README_EXAMPLE);

  it('sets rounds in seconds and targets', () => {
    expect(config.settings).toMatchObject({ roundMs: 1_000, targetCount: 1 });
  });

  it('sets priorities and deltas; only the network delta is a percentage of the value', () => {
    expect(config.metrics).toEqual({
      cpu: { priority: 1, delta: { kind: 'absolute', change: 5 } },
      memory: { priority: 5, delta: { kind: 'absolute', change: 7 } },
      network: { priority: 5, delta: { kind: 'relative', ratio: 0.15 } },
      storage: { priority: 10, delta: { kind: 'absolute', change: 10 } },
    });
  });

  it('returns what concerns experiments apart from the node', () => {
    expect(experiment).toEqual({
      nodeRange: [10],
      runs: 1,
      continueAfterConvergence: false,
      pushMode: false,
      basePort: 4000,
      queryLogic: true,
      failureRate: 0.5,
      dockerIp: '127.0.0.1',
      isSendDataBack: true,
    });
    expect(config.port).toBe(4001);
  });

  it('says how priorities are read, what the port means and what a node ignores', () => {
    expect(notes).toHaveLength(3);
    expect(notes[0]).toContain('a higher priority is more important');
    expect(notes[0]).toContain('a period in rounds');
    expect(notes[1]).toContain('client_port is the base port');
    expect(notes[2]).toContain('only experiments read node_range, runs,');
    expect(notes[2]).not.toContain('client_port');
  });

  it('is known as INI by its content when its name does not tell', () => {
    expect(load(README_EXAMPLE, 'settings').config).toEqual(config);
  });
});

describe('other spellings', () => {
  it.each(['PrioMonParam', 'PriomonParam', 'DemonParam', 'priomonparam'])('section %s', (name) => {
    expect(load(`[${name}]\ngossip_rate = 0.5\ntarget_count = 3`).config.settings).toMatchObject({
      roundMs: 500,
      targetCount: 3,
    });
  });

  it('lists with and without brackets or quotes, comments with ; and #', () => {
    const text = [
      '; a comment',
      '[PrioMonParam] ; with one',
      'node_range = "[10, 50, 100]" ; three sizes',
      'gossip_rate_range = [0.5, 2]',
      'target_count_range=3 # one',
    ].join('\r\n');
    expect(load(text).experiment).toEqual({
      nodeRange: [10, 50, 100],
      gossipRateRangeMs: [500, 2_000],
      targetCountRange: [3],
    });
  });

  it('the database section belongs to experiments', () => {
    expect(load('[database]\ndb_file = "demonDB.db"').experiment).toEqual({
      databaseFile: 'demonDB.db',
    });
  });

  it.each([
    ['debug_mode = 1', 'debug'],
    ['debug_mode = 0', 'info'],
    ['log_level = DEBUG', 'debug'],
    ['log_level = WARNING', 'warn'],
    ['log_level = CRITICAL', 'error'],
    ['log_level = ERROR\ndebug_mode = 1', 'error'],
  ])('%j logs at %s', (lines, expected) => {
    expect(load(`[system_setting]\n${lines}`).config.logLevel).toBe(expected);
  });

  it('a file without priorities needs no word about them', () => {
    expect(load('[PrioMonParam]\ngossip_rate = 1').notes).toEqual([]);
  });
});

describe("a file is read as Python's configparser reads it", () => {
  it.each([
    ['a colon parts name and value too', 'node_range: [3]', { nodeRange: [3] }],
    ['the first of both signs parts them', 'node_range:[3, 4]', { nodeRange: [3, 4] }],
    ['names are read in any case', 'Node_Range = [3]', { nodeRange: [3] }],
    [
      'indented lines go on',
      'node_range = [3,\n    5,\n\n    # ten\n    10]',
      { nodeRange: [3, 5, 10] },
    ],
    ['a value may begin below its name', 'runs =\n  7', { runs: 7 }],
    ['entries may all be indented', '  runs = 2\n  push_mode = 1', { runs: 2, pushMode: true }],
    ['Windows ends its lines otherwise', 'runs = 2\r\npush_mode = 1', { runs: 2, pushMode: true }],
    ['a sign without a space opens no comment', 'runs = 2 ; two\n#push_mode = 1', { runs: 2 }],
  ])('%s', (_what, lines, expected) => {
    expect(load(`[PrioMonParam]\n${lines}`).experiment).toEqual(expected);
  });

  it.each([
    ['a number may begin with its point', 'failure_rate = .2', { failureRate: 0.2 }],
    ['an empty docker_ip says nothing', 'docker_ip =', {}],
  ])('%s', (_what, lines, expected) => {
    expect(load(`[system_setting]\n${lines}`).experiment).toEqual(expected);
  });

  it('a byte order mark is no part of the first section', () => {
    expect(load('\uFEFF[PrioMonParam]\nruns = 2').experiment).toEqual({ runs: 2 });
  });

  it('[DEFAULT] holds in each section that says nothing else', () => {
    const defaults = '[DEFAULT]\nruns = 3\npush_mode = 1\nfailure_rate = .5';
    const text = `${defaults}\n[PrioMonParam]\nruns = 2\n[system_setting]\nquery_logic = 1`;
    expect(load(text).experiment).toEqual({
      ...{ runs: 2, pushMode: true },
      ...{ failureRate: 0.5, queryLogic: true },
    });
  });

  it('[DEFAULT] holds in a section that says nothing at all', () => {
    expect(load('[DEFAULT]\nruns = 3\n[PrioMonParam]').experiment).toEqual({ runs: 3 });
  });

  it('%(name)s stands for another value, of the section or of [DEFAULT], and %% for a sign', () => {
    const text =
      '[DEFAULT]\nfolder = out\n[database]\ndb_file = %(folder)s/a%%b.db\n' +
      '[PrioMonParam]\ngossip_rate = 2\ngossip_rate_range = [%(gossip_rate)s, 4]\n' +
      '[MetricDeltas]\nnetwork_delta = 20%';
    const { experiment, config } = load(text);
    expect(experiment).toEqual({ databaseFile: 'out/a%b.db', gossipRateRangeMs: [2_000, 4_000] });
    expect(config.metrics.network?.delta).toEqual({ kind: 'relative', ratio: 0.2 });
  });

  it('a reference that leads to itself ends, however the file is made', () => {
    const names = Array.from({ length: 40 }, (_, i) => `a${i} = %(a${i + 1})s%(a${i + 1})s`);
    expect(messagesOf(`[DEFAULT]\n${names.join('\n')}\n[database]\ndb_file = %(a0)s`)).not.toEqual(
      [],
    );
  });
});

describe('a wrong INI is refused in one sentence', () => {
  it.each([
    [
      '[PrioMonParam]\ngossip_rat = 1',
      'Unknown setting gossip_rat (config.ini line 2): did you mean gossip_rate?',
    ],
    [
      '[MetricPriorites]\ncpu_priority = 1\nmemory_priority = 5',
      'Unknown section [MetricPriorites] (config.ini line 1): did you mean MetricPriorities?',
    ],
    ['[MetricDeltas]\ncpu_priority = 1', 'Unknown setting cpu_priority (config.ini line 2)'],
    ['[other]\na = 1', 'known are PrioMonParam, system_setting, MetricPriorities'],
    ['[PrioMonParam\nruns = 1', 'config.ini line 1 is not valid INI; write [section], or'],
    ['runs = 1', 'runs (config.ini line 1) has no section; put [PrioMonParam] above it.'],
    ['[PrioMonParam]\nhello', 'config.ini line 2 is not valid INI'],
    [
      '[PrioMonParam]\nruns = 1\nruns = 2',
      'runs is given twice (config.ini line 2, config.ini line 3); keep one.',
    ],
    [
      '[MetricPriorities]\ncpu_priority = 0',
      'metrics.cpu.priority is "0" (config.ini line 2, as cpu_priority), but must be a whole',
    ],
    ['[MetricPriorities]\ncpu_priority = 256', 'metrics.cpu.priority is "256"'],
    ['[MetricDeltas]\nnetwork_delta = -15', 'metrics.network.delta is "-15%"'],
    ['[PrioMonParam]\ngossip_rate = soon', 'round is "soon" (config.ini line 2, as gossip_rate)'],
    ['[PrioMonParam]\nnode_range = [0]', 'node_range is "[0]" (config.ini line 2), but every'],
    [
      '[system_setting]\nfailure_rate = 2',
      'failure_rate is "2" (config.ini line 2), but must be a',
    ],
    ['[system_setting]\ndebug_mode = perhaps', 'debug_mode is "perhaps" (config.ini line 2), but'],
    ['[system_setting]\nlog_level = loud', 'log_level is "loud" (config.ini line 2), but must be'],
    ['[constructor]\na = 1', 'Unknown section [constructor]'],
    ['[PrioMonParam]\nconstructor = 1', 'Unknown setting constructor'],
    ['[PrioMonParam]\n__proto__ = 1', 'Unknown setting __proto__ (config.ini line 2)'],
    ['[PrioMonParam]\n= 1', 'config.ini line 2 is not valid INI'],
    ['[PrioMonParam]\nruns =', 'runs is empty (config.ini line 2), but must be a whole number'],
    [
      '[PrioMonParam]\nruns = 1\n[PrioMonParam]\npush_mode = 0',
      '[PrioMonParam] is given twice (config.ini line 1, config.ini line 3); keep one.',
    ],
    [
      '[PrioMonParam]\nruns = 1\n  push_mode = 0',
      'runs is "1\\npush_mode = 0" (config.ini lines 2 to 3), but must be a whole number',
    ],
    [
      '[PrioMonParam]\nruns = %(n)s',
      'runs is "%(n)s" (config.ini line 2), but each %(name)s in it must name another setting',
    ],
    ['[PrioMonParam]\nruns = %(runs)s', 'must name another setting of its section'],
    [
      '[DEFAULT]\nruns = 3\n[system_setting]\nquery_logic = 1',
      'runs (config.ini line 2) is in [DEFAULT], but no section takes it; put it into [',
    ],
    [
      '[DEFAULT]\nrunz = 3\n[PrioMonParam]\nruns = 1',
      'Unknown setting runz (config.ini line 2): did you mean runs?',
    ],
    ['[default]\nruns = 3', 'Unknown section [default] (config.ini line 1): did you mean DEFAULT?'],
  ])('%j', (text, expected) => {
    const messages = messagesOf(text);
    expect(messages).not.toEqual([]);
    expect(messages[0]).toContain(expected);
    for (const message of messages) expect(message).toMatch(/^[^\n]+[.?]$/);
  });

  it('an unknown section is told once, not for each of its keys', () => {
    expect(messagesOf('[other]\na = 1\nb = 2')).toHaveLength(1);
  });
});
