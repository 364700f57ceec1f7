// Every setting takes effect from a file, a variable and a flag. The table below must name each
// setting of the schema, so that a new one cannot be forgotten.

import { describe, expect, it } from 'vitest';
import { parseNodeArguments } from '../../node/cli/options.ts';
import { SETTINGS, type Setting } from '../../node/config/catalogue.ts';
import { loadConfig } from '../../node/config/load.ts';
import type { NodeConfig } from '../../node/config/schema.ts';
import { readFileText } from '../../node/config/sources/formats.ts';
import { DEFAULT_SETTINGS } from '../../node/core/settings.ts';

interface Case {
  /** As text in variables and flags, and as YAML has it when that is another thing. */
  readonly written: string;
  readonly yaml?: unknown;
  readonly read: (config: NodeConfig) => unknown;
  readonly expected: unknown;
  /** What it cannot be without. */
  readonly beside?: Readonly<Record<string, string>>;
}

const CASES: Readonly<Record<string, Case>> = {
  id: { written: 'web-1', read: (c) => c.id, expected: 'web-1' },
  listen: { written: '::1', read: (c) => c.listen, expected: '::1' },
  port: { written: '4321', yaml: 4321, read: (c) => c.port, expected: 4321 },
  advertise: {
    written: 'http://10.0.0.7:4001/',
    read: (c) => c.advertise,
    expected: 'http://10.0.0.7:4001',
  },
  allow_open: { written: 'true', yaml: true, read: (c) => c.allowOpen, expected: true },
  join: {
    written: 'http://a:4001,http://b:4001/',
    yaml: ['http://a:4001', 'http://b:4001/'],
    read: (c) => c.join,
    expected: ['http://a:4001', 'http://b:4001'],
  },
  resolve: { written: '5s', read: (c) => c.resolveMs, expected: 5_000 },
  data: { written: '/var/lib/priomon', read: (c) => c.data, expected: '/var/lib/priomon' },
  base_path: { written: '/mon/', read: (c) => c.basePath, expected: '/mon' },
  labels: {
    written: 'region=eu,rack=3',
    yaml: { region: 'eu', rack: 3 },
    read: (c) => c.labels,
    expected: { region: 'eu', rack: '3' },
  },
  log_level: { written: 'debug', read: (c) => c.logLevel, expected: 'debug' },
  sample: { written: '250ms', read: (c) => c.sampleMs, expected: 250 },
  metrics: {
    written: 'cpu.priority=12,cpu.every=5s,network.delta=20%,load1.gossip=no',
    yaml: {
      cpu: { priority: 12, every: '5s' },
      network: { delta: '20%' },
      load1: { gossip: false },
    },
    read: (c) => c.metrics,
    expected: {
      cpu: { priority: 12, everyMs: 5_000 },
      network: { delta: { kind: 'relative', ratio: 0.2 } },
      load1: { gossip: false },
    },
  },
  disabled: {
    written: 'swap,load',
    yaml: ['swap', 'load'],
    read: (c) => c.disabled,
    expected: ['swap', 'load'],
  },
  host_root: { written: '/host', read: (c) => c.hostRoot, expected: '/host' },
  secret: {
    written: 'a-key-of-16-chars,the-key-before-it',
    yaml: ['a-key-of-16-chars', 'the-key-before-it'],
    read: (c) => c.security.secrets,
    expected: ['a-key-of-16-chars', 'the-key-before-it'],
  },
  secret_file: {
    written: '/etc/priomon/secret',
    read: (c) => c.security.secretFile,
    expected: '/etc/priomon/secret',
  },
  admin_token: {
    written: 'only-for-the-admin',
    read: (c) => c.security.adminToken,
    expected: 'only-for-the-admin',
  },
  clock_tolerance: {
    ...{ written: '30s', read: (c) => c.security.clockToleranceMs, expected: 30_000 },
  },
  allowed_hosts: {
    ...{ written: 'priomon.internal,Web-1', yaml: ['priomon.internal', 'Web-1'] },
    ...{ read: (c) => c.security.allowedHosts, expected: ['priomon.internal', 'Web-1'] },
  },
  allowed_origins: {
    ...{ written: 'https://wall.a,http://b:5173/', yaml: ['https://wall.a', 'http://b:5173/'] },
    read: (c) => c.security.allowedOrigins,
    expected: ['https://wall.a', 'http://b:5173'],
  },
  'tls.cert': {
    ...{ written: '/tls/a.crt', beside: { 'tls.key': '/tls/b.key' } },
    ...{ read: (c) => c.security.tls.cert, expected: '/tls/a.crt' },
  },
  'tls.key': {
    ...{ written: '/tls/a.key', beside: { 'tls.cert': '/tls/b.crt' } },
    ...{ read: (c) => c.security.tls.key, expected: '/tls/a.key' },
  },
  'tls.ca': { written: '/tls/ca.crt', read: (c) => c.security.tls.ca, expected: '/tls/ca.crt' },
  'storage.enabled': {
    written: 'false',
    yaml: false,
    read: (c) => c.storage.enabled,
    expected: false,
  },
  'storage.url': {
    written: 'libsql://db.example',
    read: (c) => c.storage.url,
    expected: 'libsql://db.example',
  },
  'storage.auth_token': { written: 'abc', read: (c) => c.storage.authToken, expected: 'abc' },
  'storage.retention': {
    written: '48h',
    read: (c) => c.storage.retentionMs,
    expected: 172_800_000,
  },
  'storage.max_bytes': {
    written: '16MiB',
    read: (c) => c.storage.maxBytes,
    expected: 16_777_216,
  },
  'storage.spool_max_bytes': {
    written: '0',
    yaml: 0,
    read: (c) => c.storage.spoolMaxBytes,
    expected: 0,
  },
  cluster: { written: 'blue', read: (c) => c.settings.cluster, expected: 'blue' },
  round: { written: '2s', read: (c) => c.settings.roundMs, expected: 2_000 },
  max_round: { written: '1s', read: (c) => c.settings.maxRoundMs, expected: 1_000 },
  target_count: { written: '3', yaml: 3, read: (c) => c.settings.targetCount, expected: 3 },
  budget: { written: '8KiB', read: (c) => c.settings.budgetBytes, expected: 8_192 },
  reserve_share: { written: '10%', read: (c) => c.settings.reserveShare, expected: 0.1 },
  refresh: { written: '1m', read: (c) => c.settings.refreshMs, expected: 60_000 },
  urgent_priority: { written: '7', yaml: 7, read: (c) => c.settings.urgentPriority, expected: 7 },
  urgent_per_second: {
    written: '2.5',
    yaml: 2.5,
    read: (c) => c.settings.urgentPerSecond,
    expected: 2.5,
  },
  urgent_burst: { written: '9', yaml: 9, read: (c) => c.settings.urgentBurst, expected: 9 },
  exchange_timeout: {
    written: '300ms',
    read: (c) => c.settings.exchangeTimeoutMs,
    expected: 300,
  },
  indirect_probes: { written: '0', yaml: 0, read: (c) => c.settings.indirectProbes, expected: 0 },
  suspicion_min: { written: '1s', read: (c) => c.settings.suspicionMinMs, expected: 1_000 },
  suspicion_max: { written: '30s', read: (c) => c.settings.suspicionMaxMs, expected: 30_000 },
  forget_after: { written: '2h', read: (c) => c.settings.forgetAfterMs, expected: 7_200_000 },
  contact_every_rounds: {
    written: '8',
    yaml: 8,
    read: (c) => c.settings.contactEveryRounds,
    expected: 8,
  },
  neighbours: { written: '12', yaml: 12, read: (c) => c.settings.neighbours, expected: 12 },
  max_members: { written: '50', yaml: 50, read: (c) => c.settings.maxMembers, expected: 50 },
  max_metrics: { written: '40', yaml: 40, read: (c) => c.settings.maxMetrics, expected: 40 },
  max_forgotten: { written: '60', yaml: 60, read: (c) => c.settings.maxForgotten, expected: 60 },
  max_view: {
    written: '8MiB',
    yaml: '8MiB',
    read: (c) => c.settings.maxViewBytes,
    expected: 8 * 2 ** 20,
  },
};

const caseOf = (setting: Setting): Case => {
  const found = CASES[setting.name];
  if (!found) throw new Error(`no case for the setting ${setting.name}`);
  return found;
};

/** JSON is YAML too. */
const fileWith = ({ path }: Setting, value: unknown) => {
  const text = JSON.stringify(path.reduceRight((inner, key) => ({ [key]: inner }), value));
  return readFileText({ name: 'node.yaml', text });
};

const flagsOf = (setting: Setting, written: string): string[] => {
  if (setting.shape !== 'switch') return [`--${setting.flag}`, written];
  return [written === 'true' ? `--${setting.flag}` : `--no-${setting.flag}`];
};

describe('the table of settings', () => {
  it('names every setting of the schema and no other', () => {
    expect(Object.keys(CASES)).toEqual(SETTINGS.map(({ name }) => name));
  });

  it('covers every field of the protocol', () => {
    const defaults = loadConfig({}).config.settings;
    const covered = SETTINGS.map((setting) => {
      const { written, yaml = written, beside = {} } = caseOf(setting);
      const { config } = loadConfig({ defaults: beside, file: fileWith(setting, yaml) });
      return Object.entries(config.settings).filter(
        ([field, value]) => value !== defaults[field as keyof typeof defaults],
      );
    });
    const fields = new Set(covered.flat().map(([field]) => field));
    expect([...fields].sort()).toEqual(Object.keys(DEFAULT_SETTINGS).sort());
  });

  it('gives every flag and every variable one setting', () => {
    for (const names of [SETTINGS.map((s) => s.flag), SETTINGS.flatMap((s) => s.variables)]) {
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it('says of every setting what it is for and what it takes', () => {
    for (const { name, about, rule, placeholder } of SETTINGS) {
      expect(about, name).toMatch(/^[A-Z].{10,}\.$/);
      expect(rule, name).toMatch(/must/);
      expect(placeholder, name).not.toBe('');
    }
  });
});

describe.each(SETTINGS.map((setting) => [setting.name, setting] as const))('%s', (_, setting) => {
  const { written, yaml = written, read, expected, beside: defaults = {} } = caseOf(setting);

  it('is not at its example by default, or the tests below would prove nothing', () => {
    expect(read(loadConfig({}).config)).not.toEqual(expected);
  });

  it('takes effect from a file', () => {
    expect(read(loadConfig({ defaults, file: fileWith(setting, yaml) }).config)).toEqual(expected);
  });

  it.each(setting.variables)('takes effect from %s', (variable) => {
    const environment = { [variable]: written };
    expect(read(loadConfig({ defaults, environment }).config)).toEqual(expected);
  });

  it(`takes effect from --${setting.flag}`, () => {
    const parsed = parseNodeArguments(flagsOf(setting, written));
    if (parsed.kind !== 'run') throw new Error(JSON.stringify(parsed));
    expect(read(loadConfig({ defaults, flags: parsed.options.flags }).config)).toEqual(expected);
  });
});

describe('without any source', () => {
  it('has the defaults of the core', () => {
    expect(loadConfig({}).config.settings).toEqual(DEFAULT_SETTINGS);
  });

  it('listens on this machine only, joins no node and stores for a week', () => {
    expect(loadConfig({}).config).toMatchObject({
      listen: '127.0.0.1',
      port: 4001,
      allowOpen: false,
      join: [],
      basePath: '',
      sampleMs: 1_000,
      logLevel: 'info',
      storage: {
        ...{ enabled: true, retentionMs: 7 * 24 * 3_600_000 },
        ...{ maxBytes: 256 * 2 ** 20, spoolMaxBytes: 64 * 2 ** 20 },
      },
    });
  });
});

describe('what follows the round when it is not set', () => {
  const settingsOf = (text: string) =>
    loadConfig({ file: readFileText({ name: 'f.yaml', text }) }).config.settings;

  it('stretched rounds are three rounds long', () => {
    expect(settingsOf('round: 200ms').maxRoundMs).toBe(600);
    expect(settingsOf('round: 5s').maxRoundMs).toBe(15_000);
  });

  it('suspicion lasts longer with longer rounds, and no shorter with shorter ones', () => {
    expect(settingsOf('round: 10s')).toMatchObject({
      suspicionMinMs: 20_000,
      suspicionMaxMs: 60_000,
    });
    expect(settingsOf('round: 200ms')).toMatchObject({
      suspicionMinMs: 2_000,
      suspicionMaxMs: 6_000,
    });
  });

  it('a given end of suspicion is respected by the other', () => {
    expect(settingsOf('suspicion_max: 1s').suspicionMinMs).toBe(1_000);
    expect(settingsOf('suspicion_min: 20s').suspicionMaxMs).toBe(20_000);
  });

  it('refresh is never shorter than a round', () => {
    expect(settingsOf('round: 1h').refreshMs).toBe(3_600_000);
  });
});
