// Which addresses may be called, however they are written: a member of a cluster must not be
// able to choose what else its nodes call.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressFault,
  hostOf,
  isLoopbackAddress,
} from '../../../node/core/membership/address-policy.ts';

describe('an address that a node can have', () => {
  it.each([
    'http://10.0.0.7:4001',
    'https://web-1.example:443/priomon',
    'http://web_1.internal.:4001',
    'http://[fdaa:0:18::2]:4001',
    'http://[2001:db8::10.0.0.7]:1',
    'http://[::ffff:10.0.0.7]:1',
    'http://[64:ff9b::10.0.0.7]',
    'http://100.100.100.100',
    'http://223.255.255.255',
    'http://xn--bcher-kva.example',
    'http://n01',
  ])('is %s', (address) => {
    expect(addressFault(address)).toBeUndefined();
    expect(isLoopbackAddress(address)).toBe(false);
  });
});

describe('an address of the machine that calls it', () => {
  it.each([
    'http://127.0.0.1:4001',
    'http://127.255.0.9',
    'http://localhost:4001/mon',
    'http://web.LOCALHOST.:1',
    'https://[::1]:4001',
    'http://[0:0:0:0:0:0:0:1]',
    'http://[::ffff:127.0.0.1]:1',
    'http://[::ffff:7f00:1]:1',
  ])('is %s, and may be called', (address) => {
    expect(isLoopbackAddress(address)).toBe(true);
    expect(addressFault(address)).toBeUndefined();
  });
});

describe('an address that no node can have', () => {
  it.each<[kind: string, addresses: string[]]>([
    ['stands for no machine', ['http://0.0.0.0:4001', 'http://[::]:1', 'http://0.1.2.3']],
    ['is link-local', ['http://169.254.169.254', 'http://169.254.0.1:80', 'http://[fe80::1]']],
    ['is link-local', ['http://[febf::9]:1', 'http://[::ffff:169.254.169.254]']],
    [
      'is link-local',
      ['http://[::ffff:a9fe:a9fe]', 'http://[64:ff9b::a9fe:a9fe]', 'http://[2002:a9fe:a9fe::1]'],
    ],
    ['is link-local', ['http://[::169.254.169.254]', 'http://169.254.169.254.:80']],
    ['is where clouds keep', ['http://[fd00:ec2::254]', 'http://[fd20:ce::254]:80']],
    ['is where clouds keep', ['http://100.100.100.200', 'http://168.63.129.16']],
    [
      'is where clouds keep',
      ['http://metadata.google.internal', 'http://metadata', 'http://192.0.0.192'],
    ],
    ['is a multicast', ['http://224.0.0.1', 'http://255.255.255.255:1', 'http://[ff02::1]:1']],
    ['is a multicast', ['http://240.0.0.1', 'http://[::ffff:224.0.0.1]']],
  ])('%s: %j', (kind, addresses) => {
    for (const address of addresses) expect(addressFault(address), address).toContain(kind);
  });

  it.each([
    // 169.254.169.254 in other notations, all of which a URL reads as that.
    'http://2852039166',
    'http://0xa9fea9fe:80',
    'http://0xa9.0xfe.0xa9.0xfe',
    'http://169.254.43518',
    'http://0251.0376.0251.0376',
    'http://169.254.169.0376',
    'http://169%2e254.169.254',
    'http://１６９.254.169.254',
    'http://169。254。169。254',
    'http://256.1.1.1',
    'http://1.2.3',
    'http://1.2.3.4.5',
    'http://[1::2::3]',
    'http://[1:2:3:4:5:6:7]',
    'http://[1:2:3:4:5:6:7:8:9]',
    'http://[::12345]',
    'http://[::1.2.3]',
    'http://user@10.0.0.1',
    'ftp://10.0.0.1',
    'http://.:1',
    'http://',
    '10.0.0.7:4001',
    '',
  ])('is one that is not written plainly: %s', (address) => {
    expect(addressFault(address)).toContain('no plain name or IP address');
    expect(isLoopbackAddress(address)).toBe(false);
  });

  it('is named by its host in the refusal', () => {
    expect(hostOf('http://[fe80::1]:4001/x')).toBe('fe80::1');
    expect(hostOf('https://web-1:443')).toBe('web-1');
    expect(hostOf('nonsense')).toBe('nonsense');
  });
});

describe('what a URL makes of a host', () => {
  it('is never another one than was judged', () => {
    const character = fc.constantFrom(...'0123789afxAX.-_%@:/#？１。');
    fc.assert(
      fc.property(fc.string({ unit: character, minLength: 1, maxLength: 16 }), (host) => {
        const address = `http://${host}:4001`;
        const url = URL.parse(address);
        if (addressFault(address) !== undefined || url === null) return;
        expect(url.hostname).toBe(hostOf(address).toLowerCase());
      }),
      { numRuns: 20_000 },
    );
  });
});
