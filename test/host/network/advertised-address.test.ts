// The address that peers are told when none is configured.

import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../node/config/load.ts';
import {
  findAdvertisedAddress,
  type Machine,
} from '../../../node/host/network/advertised-address.ts';

const configOf = (flags: Record<string, string>) =>
  loadConfig({ environment: {}, flags: { allow_open: 'true', ...flags } }).config;

/** A machine whose packets to `routes` leave from the address beside, all else from `other`. */
function machineOf(routes: Record<string, string>, other?: string) {
  const hosts = new Set(['127.0.0.1', '::1', ...Object.values(routes), ...(other ? [other] : [])]);
  const machine: Machine = {
    hosts: () => [...hosts],
    sourceTo: async (host) => routes[host] ?? (host.includes(':') ? undefined : other),
  };
  return { hosts, routes, machine };
}

const find = (listen: string, machine: Machine, seeds: readonly string[] = []) =>
  findAdvertisedAddress(configOf({ listen }), 4001, seeds, machine);

describe('a node whose settings say its address', () => {
  const { machine } = machineOf({}, '10.0.0.5');
  it.each<[Record<string, string>, string]>([
    [{ listen: '10.0.0.7' }, 'http://10.0.0.7:4001'],
    [{ listen: '::1', base_path: '/mon' }, 'http://[::1]:4001/mon'],
    [{ listen: '0.0.0.0', advertise: 'http://web-1:81' }, 'http://web-1:81'],
    [{ listen: '::', advertise: 'none' }, ''],
    [{ listen: '0.0.0.0', 'tls.cert': 'a', 'tls.key': 'b' }, `https://${hostname()}:4001`],
  ])('is reached there: %j', async (flags, address) => {
    const found = await findAdvertisedAddress(configOf(flags), 4001, [], machine);
    expect(found).toEqual({ address });
  });
});

describe('a node that listens on all addresses', () => {
  it('is reached where its calls to peers leave from', async () => {
    const { machine } = machineOf({ '10.0.0.9': '10.0.0.5', 'fdaa::9': 'fdaa::5' }, '172.17.0.2');
    const seeds = ['http://web-1:4001', 'http://10.0.0.9:4001'];
    expect((await find('0.0.0.0', machine, seeds)).address).toBe('http://10.0.0.5:4001');
    const sixth = ['http://[fdaa::9]:4001'];
    expect((await find('::', machine, sixth)).address).toBe('http://[fdaa::5]:4001');
    // It does not answer there.
    expect((await find('0.0.0.0', machine, sixth)).address).toBe('http://172.17.0.2:4001');
  });

  it('is reached where its other calls leave from if its seeds are on this machine', async () => {
    const { machine } = machineOf({ '127.0.0.1': '127.0.0.1' }, '10.0.0.5');
    const found = await find('::', machine, ['http://127.0.0.1:4002', 'http://localhost:4003']);
    expect(found.address).toBe('http://10.0.0.5:4001');
  });

  it('is reached at the first address that others could call if routes tell nothing', async () => {
    const { machine, hosts } = machineOf({});
    for (const host of ['169.254.3.4', 'fe80::1', 'fdaa::5', '10.0.0.5']) hosts.add(host);
    expect((await find('0.0.0.0', machine)).address).toBe('http://10.0.0.5:4001');
    expect((await find('::', machine)).address).toBe('http://[fdaa::5]:4001');
  });

  it('is reached under the name of the machine when there is no network', async () => {
    const { machine } = machineOf({});
    const unknown: Machine = { ...machine, hosts: () => undefined };
    for (const each of [machine, unknown])
      expect((await find('0.0.0.0', each)).address).toBe(`http://${hostname()}:4001`);
  });

  it('moves with the machine, and not before', async () => {
    const { machine, hosts, routes } = machineOf({ '10.0.0.9': '10.0.0.5' }, '10.0.0.5');
    const seeds = ['http://10.0.0.9:4001'];
    const found = await find('0.0.0.0', machine, seeds);
    routes['10.0.0.9'] = '192.168.1.7';
    hosts.add('192.168.1.7');
    expect(await found.look?.(seeds)).toBeUndefined();
    hosts.delete('10.0.0.5');
    expect(await found.look?.(seeds)).toBe('http://192.168.1.7:4001');
    expect(await found.look?.(seeds)).toBeUndefined();
  });

  it('takes the address that peers can call once it knows any', async () => {
    const { machine } = machineOf({ 'fdaa::9': 'fdaa::5' }, '172.17.0.2');
    const found = await find('::', machine);
    expect(found.address).toBe('http://172.17.0.2:4001');
    expect(await found.look?.(['http://[fdaa::9]:4001'])).toBe('http://[fdaa::5]:4001');
    expect(await found.look?.(['http://[fdaa::9]:4001'])).toBeUndefined();
  });

  it('keeps its address while the network is gone', async () => {
    const { machine, hosts, routes } = machineOf({ '10.0.0.9': '10.0.0.5' });
    const found = await find('0.0.0.0', machine, ['http://10.0.0.9:4001']);
    hosts.clear();
    delete routes['10.0.0.9'];
    expect(await found.look?.(['http://10.0.0.9:4001'])).toBeUndefined();
  });
});
