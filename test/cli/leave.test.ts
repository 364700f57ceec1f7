// npm run leave: its arguments, and as a process at real nodes.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseLeaveArguments } from '../../node/cli/leave-options.ts';
import { loadConfig } from '../../node/config/load.ts';
import type { HostedNode } from '../../node/host/composition.ts';
import { startNode } from '../../node/host/node.ts';
import { optionsOf, runToEnd, usageOf } from './support.ts';

describe('the arguments', () => {
  it('name a node, a reason and a time of return', () => {
    expect(optionsOf(parseLeaveArguments([]))).toEqual({
      url: 'http://127.0.0.1:4001',
      reason: '',
      timeoutMs: 5_000,
    });
    const words = ['--url', 'n7:4001/base/', '--reason', 'new kernel', '--timeout', '2s'];
    const more = ['--returns-at', '2030-01-31T12:00:00Z', '--config', '/etc/priomon.yaml'];
    expect(optionsOf(parseLeaveArguments([...words, ...more]))).toEqual({
      url: 'http://n7:4001/base',
      reason: 'new kernel',
      returnsAt: '2030-01-31T12:00:00Z',
      timeoutMs: 2_000,
      config: '/etc/priomon.yaml',
    });
  });

  it.each([
    [
      ['--url', 'ftp://n7'],
      '--url is ftp://n7, but must be a URL such as http://127.0.0.1:4001, or',
    ],
    [['--url', 'n7'], 'or host:port alone.'],
    [['--reason', 'r'.repeat(201)], 'but must be of 200 characters at most.'],
    [
      ['--returns-at', 'soon'],
      '--returns-at is soon, but must be a time (2026-01-31T12:00:00Z, or',
    ],
    [['--returns-at', '2030-01-31T13:00'], 'but must say its zone, as in 2030-01-31T13:00Z'],
    [['--returns-at', '2030-02-31'], '--returns-at is 2030-02-31, but must be a time'],
    [['--returns-at', '7'], '--returns-at is 7, but must be seconds (10 digits) or ms'],
    [['--returns-at', ' '], '--returns-at is " ", but must be a time'],
    [['--timeout', '1ms'], '--timeout is 1ms, but must be a duration from 100ms'],
    [['--config', ''], '--config is empty; name a file.'],
    [['--reasn', 'x'], "Unknown option '--reasn': did you mean --reason?"],
  ])('%j are refused', (words, sentence) => {
    expect(usageOf(parseLeaveArguments(words))).toContain(sentence);
  });
});

describe('the command', () => {
  const SECRET = 'a-key-of-the-cluster-0001';
  const nodes: HostedNode[] = [];
  afterEach(async () => {
    await Promise.all(nodes.splice(0).map((node) => node.close()));
  });

  const start = async (flags: Record<string, string>) => {
    const { config } = loadConfig({ environment: {}, flags: { port: '0', id: 'a', ...flags } });
    const machine = { probes: [], collect: async () => [], runs: () => [] };
    const onEnd = vi.fn();
    const node = await startNode(config, { stores: undefined, machine, log: () => {}, onEnd });
    nodes.push(node);
    return { url: node.url, onEnd };
  };

  it('lets a node with a secret leave, below a base path, and refuses a stranger', async () => {
    const { url, onEnd } = await start({ secret: SECRET, base_path: '/priomon' });
    const args = ['--url', url, '--reason', 'new kernel'];
    const [stranger, wrong] = await Promise.all([
      runToEnd('leave', args),
      runToEnd('leave', args, { PRIOMON_SECRET: `${SECRET}x` }),
    ]);
    expect(stranger).toEqual({
      code: 1,
      out: '',
      error: "POST /leave needs a signature by the cluster's secret (PRIOMON_SECRET).\n",
    });
    expect([wrong.code, wrong.out]).toEqual([1, '']);
    expect(wrong.error).toMatch(/^The signature fits none of the keys here.*\n$/);
    expect(onEnd).not.toHaveBeenCalled();
    expect(await runToEnd('leave', args, { PRIOMON_SECRET: SECRET })).toEqual({
      code: 0,
      out: 'a is leaving: new kernel.\n',
      error: '',
    });
    await vi.waitFor(() =>
      expect(onEnd).toHaveBeenCalledWith('it was told to leave: new kernel', false),
    );
  });

  it('needs nothing where the node wants nothing, and says where none answers', async () => {
    const { url } = await start({});
    expect(await runToEnd('leave', ['--url', url])).toMatchObject({
      code: 0,
      out: 'a is leaving.\n',
    });
    const none = await runToEnd('leave', ['--url', 'http://127.0.0.1:1']);
    expect(none).toMatchObject({ code: 1, out: '' });
    expect(none.error).toBe('http://127.0.0.1:1/ cannot be reached; is a node running there?\n');
  });
});
