// What a name may stand for when a peer is called by it.

import { expect, it, vi } from 'vitest';
import { DEFAULT_SETTINGS } from '../../node/core/settings.ts';
import { createPeerAccess } from '../../node/host/network/peers.ts';
import { createNodeHttpTransport } from '../../node/transport/node-http.ts';
import {
  createGuardedLookup,
  type LookupAll,
} from '../../node/transport/support/guarded-lookup.ts';

const family = (address: string): number => (address.includes(':') ? 6 : 4);

const standingFor =
  (...addresses: string[]): LookupAll =>
  (_name, _options, found) =>
    found(
      null,
      addresses.map((address) => ({ address, family: family(address) })),
    );

const resolve = (lookup: LookupAll, all: boolean) =>
  new Promise((done) => {
    const guarded = createGuardedLookup(lookup);
    guarded('peer.example', { all }, (error, address) => done(error ?? address));
  });

it('leaves a name the addresses that nodes can have', async () => {
  const lookup = standingFor('169.254.169.254', '10.0.0.7', 'fe80::1', '::1');
  expect(await resolve(lookup, true)).toEqual([
    { address: '10.0.0.7', family: 4 },
    { address: '::1', family: 6 },
  ]);
  expect(await resolve(lookup, false)).toBe('10.0.0.7');
});

it('fails where none is left, and says why', async () => {
  expect(await resolve(standingFor('169.254.169.254'), true)).toMatchObject({
    code: 'EADDRNOTAVAIL',
    message: expect.stringContaining(
      'peer.example stands for 169.254.169.254, which is link-local',
    ),
  });
  expect(await resolve(standingFor(), true)).toMatchObject({ code: 'EADDRNOTAVAIL' });
});

it('fails as the system does', async () => {
  const error = Object.assign(new Error('queryA'), { code: 'ENOTFOUND' });
  expect(await resolve((_name, _options, found) => found(error, []), true)).toBe(error);
});

it('guards exchanges, and what peers are asked in a query', async () => {
  const dns = process.getBuiltinModule('node:dns');
  const spy = vi
    .spyOn(dns, 'lookup')
    .mockImplementation(((_name, _options, found) =>
      found(null, [{ address: '169.254.169.254', family: 4 }])) as LookupAll as typeof dns.lookup);
  const transport = createNodeHttpTransport();
  const peer = 'http://peer.example:4001';
  const failure = expect.objectContaining({ code: 'EADDRNOTAVAIL' });
  await expect(transport.exchange(peer, new Uint8Array(1), 500)).rejects.toMatchObject({
    failure: 'unreachable',
    cause: failure,
  });
  const asked = createPeerAccess(DEFAULT_SETTINGS).ask(peer, '/query', 500);
  await expect(asked).rejects.toMatchObject({ code: 'unreachable', cause: failure });
  spy.mockRestore();
  await transport.close();
});
