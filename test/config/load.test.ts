// Where settings come from, which source wins, and what each mistake is called.

import { describe, expect, it } from 'vitest';
import { type ConfigSources, loadConfig, resolveConfig } from '../../node/config/load.ts';
import { ConfigError } from '../../node/config/problem.ts';
import { readFileText } from '../../node/config/sources/formats.ts';
import { OperatingError } from '../../node/errors.ts';

const yaml = (text: string): ConfigSources => ({
  file: readFileText({ name: 'fleet.yaml', text }),
});

const messagesOf = (sources: ConfigSources): string[] => {
  const result = resolveConfig(sources);
  return result.isOk ? [] : result.problems.map(({ message }) => message);
};

/** The one problem; a test that expects one must not be content with two. */
const messageOf = (sources: ConfigSources): string => {
  const messages = messagesOf(sources);
  expect(messages).toHaveLength(1);
  return messages[0] ?? '';
};

describe('precedence', () => {
  const file = yaml('round: 2s\nmax_round: 9s\nlabels: {region: eu, rack: 1}').file;
  const sources: ConfigSources = { ...(file && { file }) };

  it('variables win over the file, flags over both', () => {
    const environment = { PRIOMON_ROUND: '3s' };
    expect(loadConfig(sources).config.settings.roundMs).toBe(2_000);
    expect(loadConfig({ ...sources, environment }).config.settings.roundMs).toBe(3_000);
    const flags = { round: '4s' };
    expect(loadConfig({ ...sources, environment, flags }).config.settings.roundMs).toBe(4_000);
  });

  it('what a stronger source leaves out stays', () => {
    const { config } = loadConfig({ ...sources, flags: { round: '4s' } });
    expect(config.settings.maxRoundMs).toBe(9_000);
  });

  it('maps are merged key by key, lists are replaced', () => {
    const environment = { PRIOMON_LABELS: 'rack=2', PRIOMON_JOIN: 'http://b:1' };
    const text = 'labels: {region: eu, rack: 1}\njoin: [http://a:1]';
    const { config } = loadConfig({ ...yaml(text), environment });
    expect(config.labels).toEqual({ region: 'eu', rack: '2' });
    expect(config.join).toEqual(['http://b:1']);
  });

  it('a broken value in the file does not matter once a flag replaces it', () => {
    expect(messagesOf({ ...yaml('round: soon'), flags: { round: '2s' } })).toEqual([]);
  });

  it("a command's own default gives way to everything that a user wrote", () => {
    const defaults = { log_level: 'warn' };
    const levelOf = (more: ConfigSources) => loadConfig({ defaults, ...more }).config.logLevel;
    expect(levelOf({})).toBe('warn');
    expect(levelOf(yaml('log_level: debug'))).toBe('debug');
    expect(levelOf({ environment: { PRIOMON_LOG_LEVEL: 'error' } })).toBe('error');
    expect(levelOf({ flags: { log_level: 'info' } })).toBe('info');
  });

  it('PRIOMON_STORAGE_URL wins over LIBSQL_URL', () => {
    const environment = { LIBSQL_URL: 'libsql://one', PRIOMON_STORAGE_URL: 'libsql://two' };
    expect(loadConfig({ environment }).config.storage.url).toBe('libsql://two');
  });
});

describe('a wrong value is named with its setting, its place and the fix', () => {
  it.each([
    ['round: soon', 'round is "soon" (fleet.yaml line 1), but must be a duration from 50ms to 1h'],
    ['round: -1', 'round is -1 (fleet.yaml line 1), but must be a duration'],
    ['\n\nround: 10ms', 'round is "10ms" (fleet.yaml line 3), but must be a duration from 50ms'],
    ['target_count: 0', 'target_count is 0 (fleet.yaml line 1), but must be a whole number from 1'],
    ['target_count: 1.5', 'must be a whole number from 1 to 16'],
    ['urgent_priority: 256', 'urgent_priority is 256 (fleet.yaml line 1), but must be a whole'],
    ['budget: 63', 'budget is 63 (fleet.yaml line 1), but must be from 64 to 64KiB, written'],
    ['budget: 4GB', 'written plainly or as 4KiB, 256MiB, 1GiB'],
    ['reserve_share: 0', 'must be a share from 0.01 to 0.5'],
    ['reserve_share: 60%', 'must be a share from 0.01 to 0.5'],
    [
      'port: 65536',
      'port is 65536 (fleet.yaml line 1), but must be a whole number from 0 to 65535',
    ],
    ['port:', 'port is empty (fleet.yaml line 1), but must be'],
    ['id: a b', 'id is "a b" (fleet.yaml line 1), but must be 1 to 64 letters, digits'],
    ['id: true', 'id is true'],
    ['log_level: loud', 'must be one of error, warn, info, debug'],
    ['base_path: mon', 'must start with a slash'],
    ['advertise: host', 'must be a URL such as http://10.0.0.7:4001, host:port alone, or none'],
    ['advertise: http://user:word@host:1', 'must be a URL'],
    ['join: [http://a:1, b]', 'every item must be a URL such as http://10.0.0.7:4001, host:port'],
    ['join: {a: 1}', 'every item must be a URL'],
    ['labels: [a]', 'labels is ["a"]'],
    ['labels: {9a: x}', 'a name (a letter first)'],
    ['labels: {rack: "a\\u200bb"}', 'none of them control characters or invisible'],
    ['labels: {rack: "\\ud800"}', 'none of them control characters or invisible'],
    ['cluster: "prio\\u202emon"', 'none of them control characters or invisible'],
    ['allow_open: maybe', 'must be true or false (yes, no, on, off, 1 and 0 will do too)'],
    ['storage: 5', 'storage is 5 (fleet.yaml line 1), but must be a group of settings'],
    ['storage:\n  retention: 10s', 'storage.retention is "10s" (fleet.yaml line 2), but must be'],
    ['metrics: 5', 'metrics is 5 (fleet.yaml line 1), but must be a group of metrics'],
    ['metrics: {cpu: 5}', 'metrics.cpu is 5 (fleet.yaml line 1), but must be a group with'],
    ['cluster: a b', 'cluster is "a b"'],
    ['max_round: 500ms', 'max_round is "500ms" (fleet.yaml line 1), but must be at least as long'],
    ['refresh: 1s\nround: 2s', 'refresh is "1s" (fleet.yaml line 1), but must be at least as long'],
    ['suspicion_min: 5s\nsuspicion_max: 2s', 'suspicion_max is "2s" (fleet.yaml line 2), but must'],
  ])('%j', (text, expected) => {
    const message = messageOf(yaml(text));
    expect(message).toContain(expected);
    expect(message).toMatch(/^[^\n]+\.$/);
  });

  it.each([0, 256, -1, 1.5, 'high'])('priority %j', (priority) => {
    const text = `metrics:\n  cpu:\n    priority: ${priority}`;
    expect(messageOf(yaml(text))).toBe(
      `metrics.cpu.priority is ${JSON.stringify(priority)} (fleet.yaml line 3), but must be ` +
        'a whole number from 1 to 255 (1 is least, 255 most important).',
    );
  });

  it.each(['-5', '0', '-15%', '0%', '15 %%', '5% min', '5% min -1', '.nan'])(
    'delta %s',
    (delta) => {
      const message = messageOf(yaml(`metrics: {cpu: {delta: ${delta}}}`));
      expect(message).toMatch(
        /^metrics\.cpu\.delta is .+ \(fleet\.yaml line 1\), but must be above 0/,
      );
    },
  );

  it('names the variable or the flag it came from', () => {
    expect(messageOf({ environment: { PRIOMON_ROUND: 'soon' } })).toMatch(
      /^round is "soon" \(PRIOMON_ROUND\), but/,
    );
    expect(messageOf({ flags: { target_count: '99' } })).toMatch(
      /^target_count is "99" \(--target-count\), but/,
    );
    expect(messageOf({ environment: { PRIOMON_METRICS: 'cpu.priority=0' } })).toMatch(
      /^metrics\.cpu\.priority is "0" \(PRIOMON_METRICS\), but/,
    );
  });

  it('names the variable whose pairs cannot be read', () => {
    expect(messageOf({ environment: { PRIOMON_LABELS: 'eu' } })).toMatch(/^labels is "eu"/);
    expect(messageOf({ environment: { PRIOMON_METRICS: 'cpu=3' } })).toContain('cpu.priority=3');
  });

  it('never shows a secret', () => {
    const environment = { LIBSQL_AUTH_TOKEN: 'top secret', LIBSQL_URL: 'secret.example' };
    const messages = messagesOf({ environment });
    expect(messages).toHaveLength(2);
    expect(messages.join()).not.toContain('secret');
    expect(messages.join()).toContain('storage.auth_token (LIBSQL_AUTH_TOKEN) must be');
  });

  it('stays one line, whatever a name holds', () => {
    expect(messageOf(yaml('"a\\nb\\u001b[31m": 1'))).toMatch(
      /^Unknown setting a\\u000ab\\u001b\[31m/,
    );
  });

  it('shortens what is long', () => {
    expect(messageOf(yaml(`? ${'x'.repeat(5_000)}\n: 1`)).length).toBeLessThan(600);
    expect(messageOf(yaml(`id: ${'x'.repeat(5_000)}`)).length).toBeLessThan(300);
  });
});

describe('an unknown setting is refused with the nearest name', () => {
  it.each([
    ['ruond: 2s', 'Unknown setting ruond (fleet.yaml line 1): did you mean round?'],
    ['x: 1\n', 'Unknown setting x (fleet.yaml line 1); --help lists them.'],
    [
      'prority: 3',
      'Unknown setting prority (fleet.yaml line 1): did you mean metrics.NAME.priority?',
    ],
    ['retention: 1d', 'did you mean storage.retention?'],
    ['cpu: {priority: 3}', 'did you mean metrics.cpu?'],
    [
      'metrics:\n  cpu:\n    prority: 3',
      'Unknown setting metrics.cpu.prority (fleet.yaml line 3): did you mean metrics.cpu.priority?',
    ],
    ['storage: {urll: x}', 'did you mean storage.url?'],
    ['metrics: {"1x": {}}', 'metrics.1x (fleet.yaml line 1) is no name that a metric can have'],
    ['__proto__: {round: 5s}', 'Unknown setting __proto__'],
    ['metrics: {__proto__: {priority: 3}}', 'metrics.__proto__ (fleet.yaml line 1) is no name'],
    ['metrics: {constructor: {priority: 3}}', 'is no name that a metric can have'],
  ])('%j', (text, expected) => {
    expect(messageOf(yaml(text))).toContain(expected);
  });

  it('in variables too', () => {
    expect(messageOf({ environment: { PRIOMON_RUOND: '2s' } })).toBe(
      'Unknown variable PRIOMON_RUOND: did you mean PRIOMON_ROUND?',
    );
    expect(messageOf({ environment: { PRIOMON_XYZZY: '2s' } })).toBe(
      'Unknown variable PRIOMON_XYZZY; --help lists the settings.',
    );
  });

  it('ignores variables of other programs, empty ones, and those of Kubernetes services', () => {
    const environment = {
      PATH: '/bin',
      PRIOMON_ROUND: '',
      PRIOMON_CONFIG: 'fleet.yaml',
      PRIOMON_PORT: 'tcp://10.96.0.1:4001',
      PRIOMON_SERVICE_HOST: '10.96.0.1',
      PRIOMON_SERVICE_PORT_HTTP: '4001',
      PRIOMON_PORT_4001_TCP_ADDR: '10.96.0.1',
    };
    expect(loadConfig({ environment }).config.port).toBe(4001);
  });
});

describe('a disabled probe', () => {
  const probes = ['cpu', 'swap', 'load'];

  it('must be one that exists', () => {
    expect(messageOf({ ...yaml('disabled: [swap, lod]'), probes })).toBe(
      'disabled names lod (fleet.yaml line 1), which is no probe: did you mean load?',
    );
    expect(messageOf({ flags: { disabled: 'nvidia' }, probes })).toBe(
      'disabled names nvidia (--disabled), which is no probe; known are cpu, swap, load.',
    );
    expect(messagesOf({ ...yaml('disabled: [swap]'), probes })).toEqual([]);
  });
});

describe('all problems are told at once', () => {
  it('from every source, one sentence each', () => {
    const sources: ConfigSources = {
      ...yaml('ruond: 1\nmetrics: {cpu: {priority: 0, delta: -1}}'),
      environment: { PRIOMON_PORT: 'x' },
      flags: { budget: '1' },
    };
    const messages = messagesOf(sources);
    expect(messages).toHaveLength(5);
    for (const message of messages) expect(message).toMatch(/^[^\n]+[.?]$/);
  });

  it('by a ConfigError, which is an operating error with a code', () => {
    let caught: unknown;
    try {
      loadConfig(yaml('port: x\nround: y'));
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(ConfigError);
    expect(caught).toBeInstanceOf(OperatingError);
    const error = caught as ConfigError;
    expect(error.code).toBe('config_invalid');
    expect(error.problems.map(({ setting }) => setting)).toEqual(['port', 'round']);
    expect(error.message.split('\n')).toHaveLength(2);
  });
});

describe('listening beyond this machine', () => {
  it.each(['0.0.0.0', '::', '10.0.0.7', 'web1.example'])(
    '%s is refused with the reason',
    (listen) => {
      const message = messageOf({ flags: { listen } });
      expect(message).toContain(`listen is "${listen}" (--listen)`);
      expect(message).toContain(
        'without a cluster secret any host that reaches the node could write',
      );
      expect(message).toContain('allow_open (--insecure-listen)');
    },
  );

  it.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1', '[::1]'])('%s is fine', (listen) => {
    const { config, notes } = loadConfig({ flags: { listen } });
    expect(config.listen).toBe(listen.replace(/[[\]]/g, ''));
    expect(notes).toEqual([]);
  });

  it('allow_open permits it, with a warning', () => {
    const { config, notes } = loadConfig({ flags: { listen: '0.0.0.0', allow_open: true } });
    expect(config.listen).toBe('0.0.0.0');
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain('exchanges are not signed');
  });

  it.each(['a b', 'http://x', '1::2::3', 'x_y', ''])('%j is no host', (listen) => {
    expect(messageOf({ flags: { listen } })).toContain(
      'must be an address or name of this machine',
    );
  });
});
