// What `npm run nodes` makes of a user's settings for each of its nodes.

import { expect, it } from 'vitest';
import { clusterConfigs, readNodesConfig } from '../../../node/cli/nodes/config.ts';

const read = async (environment: Record<string, string>, flags: Record<string, string> = {}) =>
  (await readNodesConfig({ flags }, environment)).config;

it('nodes log only their own problems, unless the user asks for more', async () => {
  expect((await read({})).logLevel).toBe('warn');
  expect((await read({ PRIOMON_LOG_LEVEL: 'debug' })).logLevel).toBe('debug');
  expect((await read({ PRIOMON_LOG_LEVEL: 'debug' }, { log_level: 'error' })).logLevel).toBe(
    'error',
  );
});

it('each node has its own id, port and address, whatever one node was told', async () => {
  const mine = { PRIOMON_ID: 'web-1', PRIOMON_ADVERTISE: 'http://10.0.0.7:4001' };
  const configs = clusterConfigs(await read(mine), 3, 5_000);
  expect(configs.map(({ id, port, advertise }) => [id, port, advertise])).toEqual([
    ['n1', 5_001, undefined],
    ['n2', 5_002, undefined],
    ['n3', 5_003, undefined],
  ]);
  expect(configs[2]?.join).toEqual(['http://127.0.0.1:5001', 'http://127.0.0.1:5002']);
});

it('all nodes of a run may be outbound-only', async () => {
  const configs = clusterConfigs(await read({ PRIOMON_ADVERTISE: 'none' }), 2, 5_000);
  expect(configs.map(({ advertise }) => advertise)).toEqual(['', '']);
});
