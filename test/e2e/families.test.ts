// Local clusters on other addresses than 127.0.0.1: what their nodes tell one another must be what
// the others can call.

import { afterAll, expect, it } from 'vitest';
import { machineHosts } from '../../node/host/network/interfaces.ts';
import { lacking, unless } from '../support/lacking.ts';
import { endEverything, newFolder, run, untilSaid } from './support/commands.ts';
import { membersAt } from './support/fleet.ts';
import { freeBasePort } from './support/ports.ts';

const NEEDS_V6 = lacking(unless(machineHosts()?.includes('::1') === true, 'there is no ::1 here'));

afterAll(endEverything);

/** Starts two nodes that listen there; their members as the first sees them. */
async function clusterOn(listen: string, url: string) {
  const basePort = await freeBasePort(2);
  const where = ['--base-port', String(basePort), '--data', await newFolder()];
  const args = [...where, '--listen', listen, '--insecure-listen'];
  const command = run('nodes', '2', '--in-process', ...args);
  await untilSaid(command, /ready: 2 nodes/, 45_000);
  const members = await membersAt(`${url}:${basePort + 1}`);
  command.interrupt();
  expect((await command.ended).code).toBe(0);
  return members.map(({ address }) => address.replace(/:\d+$/, ''));
}

it('on all addresses of the machine', async () => {
  const addresses = await clusterOn('0.0.0.0', 'http://127.0.0.1');
  expect(addresses).toHaveLength(2);
  for (const address of addresses) expect(address).not.toContain('0.0.0.0');
});

it('on IPv6 alone', NEEDS_V6, async () => {
  expect(await clusterOn('::1', 'http://[::1]')).toEqual(['http://[::1]', 'http://[::1]']);
});

it('on both families', NEEDS_V6, async () => {
  const addresses = await clusterOn('::', 'http://127.0.0.1');
  for (const address of addresses) expect(address).not.toContain('[::]');
});
