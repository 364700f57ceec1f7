// Starting nodes as processes when that cannot be done; all else is in the end-to-end tests.

import { readFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { loadConfig } from '../../node/config/load.ts';
import { launchInProcess, launchProcesses } from '../../node/experiment/processes.ts';
import { V8_FLAGS } from '../../node/host/process/v8-flags.ts';

const realPath = process.execPath;
afterEach(() => {
  process.execPath = realPath;
});

const { config } = loadConfig({
  environment: {},
  flags: { id: 'a', port: '0', storage_enabled: 'false' },
});
const launch = launchProcesses({ onLine: () => {}, onEnd: () => {} });

it('gives the flags that `npm run node` has', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(scripts.node).toContain(`node ${V8_FLAGS.join(' ')} --import`);
});

it('says so in a sentence when no process can be made', async () => {
  process.execPath = '/no/such/node';
  await expect(launch.start(config)).rejects.toMatchObject({
    name: 'OperatingError',
    code: 'node_ended',
    message: expect.stringMatching(/^a ended at its start: .*ENOENT\.$/),
  });
});

it('ends the process of a node that is no longer wanted before it answers', async () => {
  const end = new AbortController();
  const starting = launch.start(config, end.signal);
  end.abort();
  await expect(starting).rejects.toMatchObject({
    code: 'node_ended',
    message: 'a ended at its start: SIGTERM.',
  });
});

it('watches the mounted machine in one process as well', async () => {
  const nodes = launchInProcess({ onLine: () => {}, onEnd: () => {} });
  const started = nodes.start({ ...config, hostRoot: '/nowhere' });
  await expect(started).rejects.toMatchObject({ code: 'host_root' });
  await nodes.close();
});
