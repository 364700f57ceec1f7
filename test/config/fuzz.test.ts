// Whatever a file, a variable or a flag holds: a valid configuration or sentences, nothing else.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../node/config/catalogue.ts';
import { type ConfigSources, resolveConfig } from '../../node/config/load.ts';
import { DEFAULT_SETTINGS } from '../../node/core/settings.ts';

// A fixed seed: a run that fails fails again. FUZZ_SEED and FUZZ_RUNS look further.
const RUNS = {
  numRuns: Number(process.env.FUZZ_RUNS ?? 300),
  seed: Number(process.env.FUZZ_SEED ?? 1),
};

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

const names = SETTINGS.map(({ name }) => name);
const keys = [...new Set(SETTINGS.flatMap(({ path }) => path)), 'cpu', 'priority', 'delta', 'x'];
const anyText = (maxLength: number) => fc.string({ unit: 'binary', maxLength });
const odd = ['', '-1', '0', '256', '5s', '15%', '%', 'no', 'null', '.inf', '[', '{}', '&a', '*a'];
const values = fc.oneof(
  fc.constantFrom(...odd, 'http://a:1', '0.0.0.0', '__proto__', 'sensing-units'),
  fc.integer({ min: -2, max: 300 }),
  anyText(12),
  fc.boolean(),
  fc.constant(null),
  fc.double(),
);
const key = fc.oneof(fc.constantFrom(...keys, '__proto__', 'constructor'), anyText(12));

/** Trees of settings' names and odd values, as JSON, which is YAML. */
const trees = fc.letrec((tie) => ({
  node: fc.oneof({ maxDepth: 3 }, values, tie('list'), tie('group')),
  list: fc.array(tie('node'), { maxLength: 3 }),
  group: fc.dictionary(key, tie('node'), { maxKeys: 4 }),
})).group;

const file = (name: string) => (text: string) => check({ file: { name, text } });

describe('only a valid configuration or sentences come of', () => {
  it('any text as YAML', () => {
    fc.assert(fc.property(anyText(300), file('x.yaml')), RUNS);
  });

  it('lines of YAML that are nearly right', () => {
    const line = fc
      .tuple(fc.nat(3), key, fc.constantFrom(': ', ':', ' ', ': - ', ': |'), values)
      .map(([depth, name, colon, value]) => `${' '.repeat(depth)}${name}${colon}${value}`);
    const text = fc.array(line, { maxLength: 8 }).map((lines) => lines.join('\n'));
    fc.assert(fc.property(text, file('x.yaml')), RUNS);
  });

  it('any tree under the names that there are', () => {
    fc.assert(
      fc.property(trees, (tree) => file('x.yaml')(JSON.stringify(tree))),
      RUNS,
    );
  });

  it('any tree under RAINBOW names', () => {
    const words = [
      ...['node_id', 'sensing-units', 'dissemination-units', 'DefaultMonitoring', 'RestAPI'],
      ...['metric-groups', 'disabled-metric-groups', 'periodicity', 'name', 'port', 'adaptivity'],
    ];
    const rainbow = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        values,
        fc.array(tie('node'), { maxLength: 2 }),
        tie('group'),
      ),
      group: fc.dictionary(fc.constantFrom(...words), tie('node'), { maxKeys: 5 }),
    })).group;
    const run = (tree: unknown) => {
      file('x.yaml')(JSON.stringify({ 'sensing-units': {}, ...(tree as object) }));
    };
    fc.assert(fc.property(rainbow, run), RUNS);
  });

  it('any text as INI, and lines that are nearly right', () => {
    const section = fc.constantFrom('[PrioMonParam]', '[MetricDeltas]', '[system_setting]', '[x]');
    const name = fc.constantFrom('gossip_rate', 'cpu_delta', 'debug_mode', 'runs', '__proto__');
    const line = fc.oneof(
      section,
      fc.tuple(name, values).map(([left, right]) => `${left} = ${right}`),
      anyText(20),
    );
    const text = fc.array(line, { maxLength: 10 }).map((lines) => lines.join('\n'));
    fc.assert(fc.property(text, file('x.ini')), RUNS);
    fc.assert(fc.property(anyText(200), file('x.ini')), RUNS);
  });

  it('any variables and flags', () => {
    const variables = [...SETTINGS.flatMap((setting) => setting.variables), 'PRIOMON_X'];
    const written = values.map(String);
    const environment = fc.dictionary(fc.constantFrom(...variables), written, { maxKeys: 4 });
    const flags = fc.dictionary(fc.constantFrom(...names), written, { maxKeys: 4 });
    const run = (environment: Record<string, string>, flags: Record<string, string>) =>
      check({ environment, flags });
    fc.assert(fc.property(environment, flags, run), RUNS);
  });
});
