import { describe, expect, it } from 'vitest';
import { createMeter } from '../../../node/host/network/bandwidth.ts';

describe('the bandwidth of a node', () => {
  it('is known at the first look: what came since the start', () => {
    expect(createMeter(1_000).perSecond(600, 3_000)).toBe(300);
  });

  it('is that of the last ten seconds', () => {
    const meter = createMeter(0);
    meter.perSecond(9_000, 10_000);
    meter.perSecond(9_100, 20_000);
    expect(meter.perSecond(9_200, 30_000)).toBe(10);
  });

  it('is 0 before any time has passed', () => {
    expect(createMeter(5).perSecond(100, 5)).toBe(0);
  });
});
