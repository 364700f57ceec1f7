// What bodies cost with the headers around them, against what was counted on a real wire.

import { describe, expect, it } from 'vitest';
import {
  createMeter,
  wireBytesOf,
  wireBytesOfHttp,
} from '../../../node/experiment/measures/wire-cost.ts';

describe('messages on the wire', () => {
  it('take the measured 402 bytes for an exchange with 140 bytes of bodies', () => {
    expect(wireBytesOf(100) + wireBytesOf(40)).toBe(402);
  });

  it('cost the same for every small body, and nothing can be had for nothing', () => {
    expect(wireBytesOf(0)).toBe(131);
    expect(wireBytesOf(1_000)).toBe(1_131);
  });

  it('of more than a segment have further packets, half of them acknowledged', () => {
    // 53 bytes of the first segment of 1,448 are headers of HTTP.
    expect(wireBytesOf(1_395)).toBe(1_395 + 131);
    expect(wireBytesOf(1_396)).toBe(1_396 + 131 + 78);
    expect(wireBytesOf(48_900)).toBe(48_900 + 131 + 33 * 78);
  });
});

describe('a meter', () => {
  const metered = (...bodies: number[]) => {
    const meter = createMeter();
    for (const body of bodies) meter.add(body);
    return meter;
  };

  it('adds up messages one by one', () => {
    const { messages, bodyBytes, wireBytes } = metered(100, 40, 5_000);
    expect([messages, bodyBytes]).toEqual([3, 5_140]);
    expect(wireBytes).toBe(wireBytesOf(100) + wireBytesOf(40) + wireBytesOf(5_000));
  });

  it('agrees with what is counted where HTTP is real', () => {
    // HTTP's own headers are 53 bytes a message; the packets around them are no part of that.
    const meter = metered(100, 40, 5_000);
    expect(wireBytesOfHttp(5_140 + 3 * 53, meter)).toBe(meter.wireBytes);
  });
});
