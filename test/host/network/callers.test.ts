// Which nodes may say that they are reached on loopback: nodes of the same machine, by whichever of
// its addresses they call.

import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { refuseLoopback } from '../../../node/host/network/callers.ts';

const OTHER_MACHINE = '203.0.113.77';
const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);

describe('a node that is reached on loopback', () => {
  it.each([
    ['http://127.0.0.1:4001', OTHER_MACHINE, 'such as http://203.0.113.77:4001, '],
    ['https://localhost:4001/mon', OTHER_MACHINE, 'such as https://203.0.113.77:4001/mon, '],
    ['http://[::1]:4001', '2001:db8::77', 'such as http://[2001:db8::77]:4001, '],
    ['http://[::1]', '2001:db8::77', 'such as http://[2001:db8::77], '],
  ])('%s is refused when it calls from %s, with the fix', (address, caller, example) => {
    expect(() => refuseLoopback(address, caller)).toThrow(
      expect.objectContaining({ code: 'loopback_address' }),
    );
    expect(() => refuseLoopback(address, caller)).toThrow(`calls from ${caller}`);
    expect(() => refuseLoopback(address, caller)).toThrow(example);
    expect(() => refuseLoopback(address, caller)).toThrow('or --advertise none');
  });

  it.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1', 'A caller'])(
    'is welcome when it calls from %s',
    (caller) => {
      expect(() => refuseLoopback('http://127.0.0.1:4001', caller)).not.toThrow();
    },
  );

  it('is welcome when it calls from another address of this machine', () => {
    expect(all).not.toEqual([]);
    for (const { address } of all)
      expect(() => refuseLoopback('http://127.0.0.1:4001', address)).not.toThrow();
  });
});

describe('a node that is reached elsewhere, or nowhere', () => {
  it.each(['http://10.0.0.7:4001', 'http://web-1:4001', ''])('%s may call', (address) => {
    expect(() => refuseLoopback(address, OTHER_MACHINE)).not.toThrow();
  });
});
