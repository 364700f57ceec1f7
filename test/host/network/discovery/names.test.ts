// The system's resolvers against a real name server on loopback.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDnsNames, type Names } from '../../../../node/host/network/discovery/names.ts';
import { type NameServer, srv, startNameServer, v4, v6 } from './name-server.ts';

let server: NameServer;
let names: Names;
beforeEach(async () => {
  server = await startNameServer();
  names = createDnsNames([server.address]);
});
afterEach(() => server.close());

describe('addresses of a name', () => {
  it('are those of both families', async () => {
    server.zone.set('A app.internal', [v4('10.0.0.1'), v4('10.0.0.2')]);
    server.zone.set('AAAA app.internal', [v6('fdaa:0:0:1:0:0:0:2')]);
    const found = [...(await names.addresses('app.internal'))].sort();
    expect(found).toEqual(['10.0.0.1', '10.0.0.2', 'fdaa:0:0:1::2']);
  });

  it('are those of one family where there are no others, or no server answers', async () => {
    server.zone.set('AAAA app.internal', [v6('fdaa:0:0:0:0:0:0:2')]);
    expect(await names.addresses('app.internal')).toEqual(['fdaa::2']);
    server.zone.set('A app.internal', 'SERVFAIL');
    expect(await names.addresses('app.internal')).toEqual(['fdaa::2']);
  });

  it('come from the hosts file when no name server knows the name', async () => {
    const found = await names.addresses('localhost');
    expect(found.length).toBeGreaterThan(0);
    for (const address of found) expect(['127.0.0.1', '::1']).toContain(address);
  });
});

describe('services of a name', () => {
  const name = '_priomon._tcp.app.internal';

  it('have a name and a port each; a dot means that there is none', async () => {
    server.zone.set(`SRV ${name}`, [srv(4001, 'a.internal'), srv(4002, 'b.internal'), srv(1, '.')]);
    const found = [...(await names.services(name))].sort((a, b) => a.port - b.port);
    expect(found).toMatchObject([
      { name: 'a.internal', port: 4001 },
      { name: 'b.internal', port: 4002 },
    ]);
  });

  it.each([
    ['NXDOMAIN', 'ENOTFOUND'],
    ['SERVFAIL', 'ESERVFAIL'],
    ['REFUSED', 'EREFUSED'],
  ] as const)('that the server answers with %s fail as %s', async (told, code) => {
    server.zone.set(`SRV ${name}`, told);
    await expect(names.services(name)).rejects.toMatchObject({ code });
  });
});
