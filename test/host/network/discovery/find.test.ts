// From a name to URLs.

import { describe, expect, it } from 'vitest';
import { readDnsName } from '../../../../node/config/addresses.ts';
import { findNodes, MAX_ADDRESSES } from '../../../../node/host/network/discovery/find.ts';
import { createStagedNames, dnsError, type StagedNames } from './staged.ts';

const find = (written: string, names: StagedNames, own = '', basePath = '') => {
  const dns = readDnsName(written);
  if (dns === undefined) throw new Error(`${written} is no name`);
  return findNodes(dns, { names, basePath, isOwn: (host, port) => `${host} ${port}` === own });
};

describe('a name with addresses', () => {
  const names = createStagedNames({ 'app.internal': ['10.0.0.9', 'fdaa::2', '10.0.0.10'] });

  it('becomes URLs in a fixed order, with brackets around IPv6', async () => {
    expect(await find('dns://app.internal:4000', names)).toEqual([
      'http://10.0.0.10:4000',
      'http://10.0.0.9:4000',
      'http://[fdaa::2]:4000',
    ]);
  });

  it('has the base path of the node that asks, or its own', async () => {
    const [own] = await find('dns://app.internal:4000', names, '', '/mon');
    expect(own).toBe('http://10.0.0.10:4000/mon');
    const [given] = await find('dns+https://app.internal:443/other/', names, '', '/mon');
    expect(given).toBe('https://10.0.0.10:443/other');
  });

  it('leaves out the node itself, and is empty when no other is there', async () => {
    expect(await find('dns://app.internal:4000', names, '10.0.0.9 4000')).toEqual([
      'http://10.0.0.10:4000',
      'http://[fdaa::2]:4000',
    ]);
    const alone = createStagedNames({ 'app.internal': ['10.0.0.9'] });
    expect(await find('dns://app.internal:4000', alone, '10.0.0.9 4000')).toEqual([]);
    expect(await find('dns://app.internal:4000', alone, '10.0.0.9 4001')).toHaveLength(1);
  });

  it('is bounded, and every node takes the same ones', async () => {
    const all = Array.from({ length: 300 }, (_, i) => `10.0.${i % 7}.${i % 250}`);
    const one = createStagedNames({ 'app.internal': all });
    const other = createStagedNames({ 'app.internal': all.toReversed() });
    const urls = await find('dns://app.internal:4000', one);
    expect(urls).toHaveLength(MAX_ADDRESSES);
    expect(await find('dns://app.internal:4000', other)).toEqual(urls);
  });

  it('is as good as empty when no node can have them, and the reason is given', async () => {
    const bad = ['169.254.169.254', 'fe80::1%eth0', '0.0.0.0'];
    const mixed = createStagedNames({ 'app.internal': [...bad, '10.0.0.9'] });
    expect(await find('dns://app.internal:4000', mixed)).toEqual(['http://10.0.0.9:4000']);
    await expect(
      find('dns://app.internal:4000', createStagedNames({ 'app.internal': bad })),
    ).rejects.toMatchObject({ message: expect.stringContaining('169.254.169.254 is link-local') });
  });

  it('that has no address fails as the system says, or with ENODATA', async () => {
    await expect(find('dns://other:1', names)).rejects.toMatchObject({ code: 'ENOTFOUND' });
    const empty = createStagedNames({ 'app.internal': [] });
    await expect(find('dns://app.internal:1', empty)).rejects.toMatchObject({ code: 'ENODATA' });
  });
});

describe('a name of services', () => {
  const written = 'dns://_priomon._tcp.app.internal';
  function services(): StagedNames {
    const names = createStagedNames({
      'b.internal': ['10.0.0.2'],
      'a.internal': ['10.0.0.1', '::1'],
    });
    names.records.set('_priomon._tcp.app.internal', [
      { name: 'b.internal', port: 4002 },
      { name: 'a.internal', port: 4001 },
    ]);
    return names;
  }

  it('brings the ports, and addresses of the names it tells', async () => {
    expect(await find(written, services())).toEqual([
      'http://10.0.0.1:4001',
      'http://10.0.0.2:4002',
      'http://[::1]:4001',
    ]);
  });

  it('works as long as one of them does, and else fails as the last did', async () => {
    const names = services();
    names.hosts.set('a.internal', dnsError('ESERVFAIL'));
    expect(await find(written, names)).toEqual(['http://10.0.0.2:4002']);
    names.hosts.set('b.internal', dnsError('ETIMEOUT'));
    await expect(find(written, names)).rejects.toMatchObject({ code: 'ESERVFAIL' });
  });

  it('keeps the names on https, which certificates are for', async () => {
    expect(await find('dns+https://_priomon._tcp.app.internal', services())).toEqual([
      'https://a.internal:4001',
      'https://b.internal:4002',
    ]);
  });

  it('without records stands for no node', async () => {
    const names = services();
    names.records.set('_priomon._tcp.app.internal', []);
    await expect(find(written, names)).rejects.toMatchObject({ code: 'ENODATA' });
    expect(names.asked).toEqual(['_priomon._tcp.app.internal']);
  });
});
