// What `log_level: debug` adds: each exchange, each decision and each refusal is one line.

import { afterEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../node/config/load.ts';
import type { HostedNode } from '../../../node/host/composition.ts';
import { startNode } from '../../../node/host/node.ts';
import { createDebugLog } from '../../../node/host/process/debug-log.ts';
import { FIXED } from '../../core/support.ts';
import { createWorld } from '../../driver/support.ts';

/** Two drivers in virtual time, and what the debug log of the first one has. */
async function watched() {
  const world = createWorld();
  const lines: string[] = [];
  const onHandled = createDebugLog((level, sentence) => lines.push(`${level} ${sentence}`));
  const peer = world.create('n2');
  const driver = world.create('n1', { seeds: [peer.address, 'http://nobody'], onHandled });
  const started = Promise.all([peer.start(), driver.start()]);
  await world.clock.advance(6_000);
  await started;
  return { world, driver, peer, lines };
}

describe('the debug log', () => {
  it('has a line for each exchange that this node began, with its end', async () => {
    const { driver, lines } = await watched();
    const began = lines.filter((line) => /^debug (exchange|push|ping) to http:/.test(line));
    const { exchangesStarted, exchangesFailed } = driver.status().counters;
    expect(exchangesStarted).toBeGreaterThan(4);
    // One may be under way.
    expect(began.length).toBeGreaterThanOrEqual(exchangesStarted - 1);
    expect(began.join('\n')).toMatch(/exchange to http:\/\/n2, .*: answered, .* after \d+ ms/);
    const failed = began.filter((line) => line.includes('to http://nobody'));
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThanOrEqual(exchangesFailed);
    expect(failed[0]).toMatch(
      /^debug exchange to http:\/\/nobody, .*: failed \(\w+\) after \d+ ms$/,
    );
  });

  it('has a line for each request that this node answered', async () => {
    const { peer, lines } = await watched();
    const answered = lines.filter((line) => line.includes('of http://n2'));
    const { exchangesStarted } = peer.status().counters;
    expect(exchangesStarted).toBeGreaterThan(3);
    expect(answered.length).toBeGreaterThanOrEqual(exchangesStarted - 1);
    expect(answered[0]).toMatch(/^debug exchange of http:\/\/n2, .*: answered, /);
  });

  it('has a line for each decision: which peers a round calls, what is published', async () => {
    const { world, driver, lines } = await watched();
    const rounds = lines.filter((line) => /^debug round \d+, 1000 ms long: calls /.test(line));
    expect(rounds.length).toBeGreaterThanOrEqual(driver.status().round - 1);
    lines.length = 0;
    driver.publish([{ metric: 'cpu', value: 90 }]);
    driver.publish([{ metric: 'cpu', value: 91 }]);
    await world.clock.advance(0);
    expect(lines.filter((line) => line.includes('publishes'))).toEqual([
      expect.stringMatching(/^debug publishes cpu = 90 %?, version \d+$/),
    ]);
  });

  it('has a line for what peers told that was refused', async () => {
    const { world, driver, peer, lines } = await watched();
    const far = { settings: { ...FIXED, maxMembers: 2 } };
    const small = world.create('n3', {
      seeds: [peer.address],
      onHandled: createDebugLog(tell),
      ...far,
    });
    const refusals: string[] = [];
    function tell(_: string, sentence: string): void {
      if (sentence.startsWith('refused')) refusals.push(sentence);
    }
    void small.start();
    await world.clock.advance(8_000);
    expect(refusals[0]).toMatch(/^refused of what http:\/\/n\d told: \d+ members/);
    expect(driver.status().counters.membersRefused).toBe(0);
    expect(lines.join()).not.toContain('refused of what');
  });
});

describe('a node', () => {
  const nodes: HostedNode[] = [];
  afterEach(async () => {
    await Promise.all(nodes.splice(0).map((node) => node.close()));
  });

  const start = async (logLevel: string) => {
    const lines: string[] = [];
    const { config } = loadConfig({
      environment: {},
      flags: { port: '0', id: `n-${logLevel}`, log_level: logLevel, round: '100ms' },
    });
    const machine = { probes: [], collect: async () => [], runs: () => [] };
    const log = (level: string, sentence: string) => void lines.push(`${level} ${sentence}`);
    const node = await startNode(config, { stores: undefined, machine, log });
    nodes.push(node);
    return { node, lines };
  };

  it('looks at its engine for the log at debug alone, and tells each refused request', async () => {
    const [quiet, loud] = [await start('info'), await start('debug')];
    for (const { node } of [quiet, loud]) {
      expect((await fetch(`${node.url}/state/nobody`)).status).toBe(404);
      expect((await fetch(`${node.url}/gossip`, { method: 'POST', body: 'x' })).status).toBe(415);
    }
    await expect.poll(() => loud.lines.some((line) => line.startsWith('debug round'))).toBe(true);
    expect(quiet.lines.filter((line) => line.startsWith('debug round'))).toEqual([]);
    const refused = loud.lines.filter((line) => line.startsWith('debug refused'));
    expect(refused).toEqual([
      'debug refused GET /state/nobody of 127.0.0.1: unknown_node: No node nobody is known here.',
      'debug refused POST /gossip of 127.0.0.1: wrong_type: Gossip is application/octet-stream, ' +
        'not text/plain;charset=UTF-8.',
    ]);
  });
});
