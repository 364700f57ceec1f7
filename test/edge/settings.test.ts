// What a Worker's variables make of its objects, and what they may not ask for.

import { describe, expect, it } from 'vitest';
import type { WorkerEnvironment } from '../../node/edge/platform.ts';
import { nodesOf, readSettings } from '../../node/edge/settings.ts';

const NODES = { getByName: () => ({ fetch: async () => new Response() }) };
const SECRET = 'a-secret-for-tests-alone';

const bindings = (variables: Record<string, string> = {}): WorkerEnvironment => ({
  NODES,
  PRIOMON_NODES: 'edge-1,edge-2',
  PRIOMON_SECRET: SECRET,
  ...variables,
});

function settingsOf(variables: Record<string, string> = {}) {
  const reading = readSettings(bindings(variables));
  if (!reading.isOk) throw new Error(reading.problems.join('\n'));
  return reading.settings;
}

function problemsOf(variables: Record<string, string>): readonly string[] {
  const reading = readSettings(bindings(variables));
  if (reading.isOk) throw new Error('nothing was refused');
  return reading.problems;
}

describe('settings of objects', () => {
  it('are those of every node, with rounds that a free account can pay', () => {
    const { config, nodes, isFree } = settingsOf({ PRIOMON_JOIN: 'https://a.example' });
    expect(nodes).toEqual(['edge-1', 'edge-2']);
    expect(isFree).toBe(true);
    expect(config).toMatchObject({ join: ['https://a.example'], security: { secrets: [SECRET] } });
    expect(config.settings).toMatchObject({ roundMs: 10_000, maxRoundMs: 30_000 });
    expect(settingsOf({ PRIOMON_ROUND: '1m' }).config.settings.roundMs).toBe(60_000);
  });

  it('are told a misspelt name and a wrong value as every node tells them', () => {
    expect(problemsOf({ PRIOMON_ROUNDD: '1s' })).toEqual([
      'Unknown variable PRIOMON_ROUNDD: did you mean PRIOMON_ROUND?',
    ]);
    expect(problemsOf({ PRIOMON_ROUND: 'soon' })[0]).toMatch(
      /^round is "soon" \(PRIOMON_ROUND\), but must be a duration/,
    );
  });

  it('name the objects: what is no name makes none', () => {
    expect(nodesOf(bindings({ PRIOMON_NODES: ' a , b,a,, ../c ' }))).toEqual(['a', 'b']);
    expect(problemsOf({ PRIOMON_NODES: 'a,../c' })[0]).toContain('nodes is "../c" (PRIOMON_NODES)');
  });

  it('need a secret or allow_open, for any host can reach a Worker', () => {
    expect(problemsOf({ PRIOMON_SECRET: '' })).toEqual([
      expect.stringContaining('`wrangler secret put PRIOMON_SECRET`'),
    ]);
    expect(settingsOf({ PRIOMON_SECRET: '', PRIOMON_ALLOW_OPEN: 'true' }).config.allowOpen).toBe(
      true,
    );
  });

  it('list addresses to check', () => {
    const checks = 'shop=https://shop.example/health?x=1, api = http://api.example';
    expect(settingsOf({ PRIOMON_CHECKS: checks, PRIOMON_CHECK_EVERY: '5m' })).toMatchObject({
      checks: [
        { name: 'shop', url: 'https://shop.example/health?x=1' },
        { name: 'api', url: 'http://api.example' },
      ],
      checkEveryMs: 300_000,
    });
    expect(problemsOf({ PRIOMON_CHECKS: 'shop.example' })[0]).toContain('a name and a URL');
    expect(problemsOf({ PRIOMON_CHECK_EVERY: '1s' })[0]).toContain('10s at least');
    const many = Array.from({ length: 11 }, (_, i) => `c${i}=https://a.example`).join();
    expect(problemsOf({ PRIOMON_CHECKS: many })[0]).toContain('10 at most');
    expect(problemsOf({ PRIOMON_PLAN: 'gold' })[0]).toContain('must be one of free, paid');
  });
});

describe('settings that need a machine are refused with the reason and the fix', () => {
  it.each([
    ['cpu.priority=3', 'no processor to sample: take cpu out of PRIOMON_METRICS.'],
    ['load1.gossip=no', 'no processor to sample: take load1 out'],
    ['memory.every=1s', 'no memory of a machine to measure'],
    ['network.delta=5%', 'no network interface to count at'],
    ['storage.priority=9', 'no file system to measure'],
  ])('metrics %s', (metrics, sentence) => {
    expect(problemsOf({ PRIOMON_METRICS: metrics })).toEqual([
      expect.stringMatching(new RegExp(`^A Durable Object has ${sentence}`)),
    ]);
  });

  it.each([
    ['PRIOMON_LISTEN', '0.0.0.0', 'listens nowhere'],
    ['PRIOMON_PORT', '4001', 'listens nowhere'],
    ['PRIOMON_DATA', '/var/lib/priomon', 'in its own storage'],
    ['PRIOMON_STORAGE_URL', 'file:a.db', 'in its own storage'],
    ['LIBSQL_URL', 'libsql://a.example', 'in its own storage'],
    ['PRIOMON_SECRET_FILE', '/run/secret', 'has no files'],
    ['PRIOMON_TLS_CERT', 'cert.pem', 'Cloudflare answers https for it'],
    ['PRIOMON_ID', 'edge', 'as PRIOMON_NODES lists it'],
    ['PRIOMON_BASE_PATH', '/priomon', 'below /n/ and its name'],
    ['PRIOMON_SAMPLE', '1s', 'measures once a round'],
  ])('%s', (variable, value, reason) => {
    const [first = ''] = problemsOf({ [variable]: value });
    expect(first).toContain(reason);
    expect(first).toContain(`take ${variable} out`);
  });

  it('names to look up, and a metric’s own period', () => {
    expect(problemsOf({ PRIOMON_JOIN: 'dns://app.internal:4001' })[0]).toContain('a URL, not dns:');
    expect(problemsOf({ PRIOMON_METRICS: 'requests.every=1m' })[0]).toContain('once a round');
  });

  it('probes that it does not have', () => {
    expect(problemsOf({ PRIOMON_DISABLED: 'swap' })[0]).toContain('which is no probe');
    expect(settingsOf({ PRIOMON_DISABLED: 'requests' }).config.disabled).toEqual(['requests']);
  });
});
