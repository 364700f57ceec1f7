// Whatever a file, a variable or a flag holds: a valid configuration or sentences, nothing else.

import fc from 'fast-check';
import { expect } from 'vitest';
import { readDnsName, readNodeAddress, readNodeUrl } from '../../node/config/addresses.ts';
import { SETTINGS } from '../../node/config/catalogue.ts';
import { type ConfigSources, resolveConfig } from '../../node/config/load.ts';
import { readFileText } from '../../node/config/sources/formats.ts';
import { readDuration, readNumber, readText } from '../../node/config/values.ts';
import { addressFault } from '../../node/core/membership/address-policy.ts';
import { DEFAULT_SETTINGS } from '../../node/core/settings.ts';
import { readSettings } from '../../node/edge/settings.ts';
import { OperatingError } from '../../node/errors.ts';
import { findNodes } from '../../node/host/network/discovery/find.ts';
import { fuzz, target } from './fuzz.ts';
import { anyText, linesOf, nearlyText, oddValue, oddWord, treeOf, wordOf } from './inputs.ts';

/** The one thing that must hold; throws when it does not. */
function check(sources: ConfigSources): void {
  const result = resolveConfig(sources);
  if (!result.isOk) {
    expect(result.problems.length).toBeGreaterThan(0);
    for (const { message } of result.problems) expect(message).toMatch(/^[^\n]+[.?]$/);
    return;
  }
  const { settings, metrics, storage, sampleMs, port } = result.config;
  expect(Object.keys(settings).sort()).toEqual(Object.keys(DEFAULT_SETTINGS).sort());
  const numbers = [...Object.values(settings).slice(1), sampleMs, port, storage.maxBytes];
  for (const number of numbers) expect(number).toSatisfy(Number.isFinite);
  expect(settings.maxRoundMs).toBeGreaterThanOrEqual(settings.roundMs);
  expect(settings.suspicionMaxMs).toBeGreaterThanOrEqual(settings.suspicionMinMs);
  expect(settings.refreshMs).toBeGreaterThanOrEqual(settings.roundMs);
  for (const { priority = 1 } of Object.values(metrics)) {
    expect(priority).toSatisfy((n: number) => Number.isInteger(n) && n >= 1 && n <= 255);
  }
}

const file = (name: string) => (text: string) => check({ file: readFileText({ name, text }) });
const tree = (value: unknown) => file('x.yaml')(JSON.stringify(value));

const names = SETTINGS.map(({ name }) => name);
const keys = [...new Set(SETTINGS.flatMap(({ path }) => path)), 'cpu', 'priority', 'delta', 'x'];
const written = oddValue.map(String);
const sensible = wordOf(
  ...[
    'http://a:1',
    'dns://app.internal:4001',
    '0.0.0.0',
    'a, b',
    '1s',
    '24h',
    '256MiB',
    '15% min 4096',
  ],
  ...[
    'cpu.priority=3,network.delta=15%',
    'region=eu,rack=3',
    'sensing-units',
    'n1',
    'debug',
    '0.125',
  ],
);

const SOUND_YAML = `id: web-1
join: http://10.0.0.1:4001, dns://app.internal:4001
labels: { region: eu, rack: "3" }
round: 1s
metrics:
  cpu:     { priority: 3, delta: 5 }
  network: { delta: 15% min 4096 }
storage: { retention: 7d, max_bytes: 256MiB }
`;
const SOUND_RAINBOW = `node_id: n1
sensing-units:
  DefaultMonitoring:
    periodicity: 5s
    disabled-metric-groups: [disk]
  RestAPI: { port: 8000, metric-groups: [{ name: memory, periodicity: 10s }] }
dissemination-units: { Gossip: { adaptivity: none } }
`;
const SOUND_INI = `[system_setting]
docker_ip = 127.0.0.1
[PrioMonParam]
node_range = [10, 50]
gossip_rate = 1  ; seconds
failure_rate = 0.2
[MetricDeltas]
cpu_delta = 5
`;

const yamlLine = fc
  .tuple(fc.nat(3), wordOf(...keys), fc.constantFrom(': ', ':', ' ', ': - ', ': |'), written)
  .map(([depth, name, colon, value]) => `${' '.repeat(depth)}${name}${colon}${value}`);
const iniLine = fc.oneof(
  fc.constantFrom('[PrioMonParam]', '[MetricDeltas]', '[system_setting]', '[DEFAULT]', '[x]'),
  fc
    .tuple(
      wordOf('gossip_rate', 'cpu_delta', 'debug_mode', 'runs', 'node_range', 'docker_ip'),
      fc.constantFrom(' = ', '=', ': ', ' '),
      written,
    )
    .map((parts) => parts.join('')),
  fc.tuple(fc.constant('  '), written).map((parts) => parts.join('')),
  anyText(20),
);
const rainbowNames = [
  ...['node_id', 'sensing-units', 'dissemination-units', 'DefaultMonitoring', 'RestAPI'],
  ...['metric-groups', 'disabled-metric-groups', 'periodicity', 'name', 'port', 'adaptivity'],
  ...['ContainerMetrics', 'FileUserDefinedMetrics', 'WebUserDefinedMetrics', 'KafkaExporter'],
];

fuzz('only a valid configuration or sentences come of', [
  target('any text as YAML', anyText(300), file('x.yaml')),
  target('a sound YAML with damage', nearlyText(SOUND_YAML), file('x.yaml')),
  target('lines of YAML that are nearly right', linesOf(yamlLine, 8), file('x.yaml')),
  target(
    'any tree under the names that there are',
    treeOf(keys, fc.oneof(oddValue, sensible)),
    tree,
  ),
  target('any tree under RAINBOW names', treeOf(rainbowNames, oddValue, 4), (units) =>
    tree({ 'sensing-units': {}, ...units }),
  ),
  target('a sound RAINBOW file with damage', nearlyText(SOUND_RAINBOW), file('x.yaml')),
  target('any text as INI', anyText(200), file('x.ini')),
  target('a sound INI with damage', nearlyText(SOUND_INI), file('x.ini')),
  target('lines of INI that are nearly right', linesOf(iniLine), file('x.ini')),
  target(
    'any variables',
    fc.dictionary(
      wordOf(...SETTINGS.flatMap(({ variables }) => variables), 'PRIOMON_X'),
      sensible,
      {
        maxKeys: 4,
      },
    ),
    (environment) => check({ environment }),
  ),
  target('any flags', fc.dictionary(fc.constantFrom(...names), sensible, { maxKeys: 4 }), (flags) =>
    check({ flags }),
  ),
]);

const NODES = { getByName: () => ({ fetch: async () => new Response() }) };
const EDGE = [
  'PRIOMON_NODES',
  'PRIOMON_PLAN',
  'PRIOMON_CHECKS',
  'PRIOMON_CHECK_EVERY',
  'PRIOMON_JOIN',
];
const edgeWords = fc.oneof(
  sensible,
  nearlyText('edge-1,edge-2'),
  nearlyText('shop=https://shop.example.com/health,api=https://api.example.com'),
);

fuzz('settings of an object or sentences come of', [
  target(
    "any variables of a Worker's",
    fc.dictionary(wordOf(...EDGE, 'PRIOMON_SECRET', 'PRIOMON_ROUND', 'PRIOMON_LISTEN'), edgeWords, {
      maxKeys: 5,
    }),
    (variables) => {
      const reading = readSettings({ ...variables, NODES });
      if (reading.isOk) expect(reading.settings.checkEveryMs).toBeGreaterThanOrEqual(10_000);
      else for (const problem of reading.problems) expect(problem).toMatch(/^[^\n]+[.?]$/);
    },
  ),
]);

const addresses = fc.oneof(
  nearlyText('http://[fd00::1]:4001/base/n1'),
  nearlyText('https://mon.example.com'),
  nearlyText('dns+https://_priomon._tcp.app.internal/mon'),
  nearlyText('dns://app.internal:4001'),
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
);
const hosts = fc.oneof(fc.ipV4(), fc.ipV6(), wordOf('fe80::1%eth0', 'localhost', '::1', '0.0.0.0'));

fuzz('a value or nothing comes of', [
  target('a written number, duration or text', fc.oneof(sensible, nearlyText('1.5h')), (value) => {
    for (const read of [readNumber(value), readDuration(value)]) {
      if (read !== undefined) expect(read).toSatisfy(Number.isFinite);
    }
    readText(value);
  }),
  target('an address of a node, or a name of some', addresses, (address) => {
    const url = readNodeUrl(address);
    if (url !== undefined) expect(readNodeUrl(url)).toBe(url);
    const short = readNodeAddress(address);
    if (short !== undefined) expect(readNodeAddress(short)).toBe(short);
    const dns = readDnsName(address);
    if (dns !== undefined) expect(dns.name).toMatch(/^[\w.-]+$/);
    addressFault(address);
  }),
  target(
    'what a name server answers',
    fc.record({
      asked: fc.constantFrom('dns://a.b:1', 'dns://_p._tcp.a.b', 'dns+https://_p._tcp.a.b/x'),
      found: fc.array(hosts, { maxLength: 4 }),
      services: fc.array(fc.record({ name: hosts, port: fc.oneof(fc.nat(70_000), fc.integer()) }), {
        maxLength: 4,
      }),
    }),
    async ({ asked, found, services }) => {
      const dns = readDnsName(asked);
      if (dns === undefined) throw new Error(`${asked} is a name`);
      const names = { addresses: async () => found, services: async () => services };
      const finding = { names, basePath: '', isOwn: () => false };
      const urls = await findNodes(dns, finding).catch((error: unknown) => {
        if (error instanceof OperatingError) return [];
        throw error;
      });
      for (const url of urls) expect(addressFault(url)).toBeUndefined();
    },
  ),
  target('odd words alone', oddWord, (word) => {
    check({ environment: { PRIOMON_ID: word, PRIOMON_LABELS: word, PRIOMON_METRICS: word } });
  }),
]);
