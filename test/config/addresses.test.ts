// Where nodes are, as settings say it: URLs, names to look up, and what can be neither.

import { describe, expect, it } from 'vitest';
import { readDnsName } from '../../node/config/addresses.ts';
import { loadConfig } from '../../node/config/load.ts';

const load = (flags: Record<string, string>) => loadConfig({ environment: {}, flags }).config;

const messageOf = (flags: Record<string, string>): string => {
  try {
    load(flags);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error(`${JSON.stringify(flags)} was taken`);
};

describe('an address without its scheme', () => {
  it.each([
    ['10.0.0.7:4001', 'http://10.0.0.7:4001'],
    ['web-1.internal:4001/', 'http://web-1.internal:4001'],
    ['[2001:db8::7]:4001/mon', 'http://[2001:db8::7]:4001/mon'],
  ])('is http: %s', (written, url) => {
    expect(load({ join: `${written},dns://a:1` }).join).toEqual([url, 'dns://a:1']);
    expect(load({ advertise: written }).advertise).toBe(url);
  });

  it.each(['web-1', 'web-1:', 'web-1:x', '::1', 'a b:1', 'u@a:1', 'a:1?x', ':4001', 'a:70000'])(
    'needs host and port: %s is refused',
    (written) => {
      expect(messageOf({ join: written })).toContain('host:port alone, or a name to look up');
      expect(messageOf({ advertise: written })).toContain('host:port alone, or none');
    },
  );
});

describe('a name to look up', () => {
  it.each([
    ['dns://app.internal:4000', 'addresses', 'app.internal', 4000, 'http', ''],
    ['dns://my_node:4001', 'addresses', 'my_node', 4001, 'http', ''],
    ['dns://App.Internal:1/', 'addresses', 'app.internal', 1, 'http', ''],
    ['dns://priomon:4001/mon/', 'addresses', 'priomon', 4001, 'http', '/mon'],
    ['dns+https://app.internal:443', 'addresses', 'app.internal', 443, 'https', ''],
    [
      'dns://_priomon._tcp.app.internal',
      'services',
      '_priomon._tcp.app.internal',
      undefined,
      'http',
      '',
    ],
    ['dns+https://_x._udp.a/mon', 'services', '_x._udp.a', undefined, 'https', '/mon'],
  ])('is %s', (written, kind, name, port, scheme, path) => {
    expect(readDnsName(written)).toEqual({ kind, name, port, scheme, path });
    expect(load({ join: written }).join).toEqual([written]);
  });

  it.each([
    'dns://app.internal',
    'dns://_priomon._tcp.app.internal:4000',
    'dns://10.0.0.1:4000',
    'dns://[::1]:4000',
    'dns://_tcp:4000',
    'dns://_priomon._tcp',
    'dns://app.internal:0',
    'dns://user@app.internal:4000',
    'dns://app.internal:4000?x',
    'dns://app.internal:70000',
    'dns+ftp://app.internal:4000',
    'dns:app.internal:4000',
    `dns://${'a'.repeat(70)}.${'b.'.repeat(100)}c:4000`,
  ])('is not %s', (written) => {
    expect(readDnsName(written)).toBeUndefined();
    expect(messageOf({ join: written })).toMatch(
      /^join is .* \(--join\), but every item must be a URL such as .*, or a name to look up/,
    );
  });

  it('stands beside URLs, in a variable as well', () => {
    const PRIOMON_JOIN = 'dns://app.internal:4000, http://10.0.0.1:4001/';
    const { config } = loadConfig({ environment: { PRIOMON_JOIN } });
    expect(config.join).toEqual(['dns://app.internal:4000', 'http://10.0.0.1:4001']);
  });
});

describe('an address that no node can have', () => {
  it.each([
    ['http://0.0.0.0:4001', '0.0.0.0 stands for no machine in particular'],
    ['http://[::]:4001', ':: stands for no machine in particular'],
    ['http://169.254.169.254', '169.254.169.254 is link-local'],
    // URLs write it plainly before it is judged.
    ['http://2852039166', '169.254.169.254 is link-local'],
    ['http://[fe80::1]:4001', 'fe80::1 is link-local'],
    ['http://[fd00:ec2::254]', 'fd00:ec2::254 is where clouds keep the metadata'],
    ['http://224.0.0.1:4001', '224.0.0.1 is a multicast'],
    ['http://255.255.255.255:4001', '255.255.255.255 is a multicast'],
  ])('is %s: neither advertised nor joined, and why', (url, why) => {
    const advertised = messageOf({ advertise: url });
    expect(advertised).toContain(`advertise is "${url}" (--advertise), but must be an address`);
    expect(advertised).toContain(why);
    expect(advertised).toContain('or none for a node that only calls out');
    expect(messageOf({ join: `http://10.0.0.1:4001,${url}` })).toContain(why);
  });

  it.each(['http://127.0.0.1:4001', 'http://[::1]:4001', 'http://10.0.0.7:4001', 'http://web-1'])(
    'is not %s',
    (url) => {
      expect(load({ advertise: url, join: url })).toMatchObject({ advertise: url, join: [url] });
    },
  );
});
