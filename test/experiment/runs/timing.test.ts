// Runs of a machine that cannot keep up are said to be so.

import { describe, expect, it } from 'vitest';
import type { NodeUse } from '../../../node/experiment/runs/stage.ts';
import { judgeTiming } from '../../../node/experiment/runs/timing.ts';
import { specOf } from './support.ts';

const use = (change: Partial<NodeUse> = {}): NodeUse => ({
  startedAtMs: 0,
  messages: 60,
  bodyBytes: 6_000,
  wireBytes: 20_000,
  sentBytes: 20_000,
  receivedBytes: 20_000,
  rounds: 60,
  cpuMs: 200,
  rssBytes: 8e7,
  lateMs: 20,
  lateP99Ms: 5,
  ...change,
});
const three = (change: Partial<NodeUse>): NodeUse[] => [use(), use(change), use(change)];

const FIXED = specOf({ mode: 'emulate', rounds: 'fixed', round: '1s' });
const ADAPTIVE = specOf({ mode: 'emulate', rounds: 'adaptive', round: '1s' });

describe('honest timing', () => {
  it('is granted when rounds are kept and event loops turn in time', () => {
    expect(judgeTiming(FIXED, three({}), 60_000)).toEqual({ isTimely: true, remark: '' });
  });

  it('is denied when half of the event loops are late by a tenth of a round', () => {
    const { isTimely, remark } = judgeTiming(FIXED, three({ lateP99Ms: 140 }), 60_000);
    expect(isTimely).toBe(false);
    expect(remark).toMatch(/^Too slow a machine for honest timing: .* late by 140 ms or more /);
    expect(judgeTiming(FIXED, [use({ lateP99Ms: 140 }), use(), use()], 60_000).isTimely).toBe(true);
  });

  it('is denied when fixed rounds are not kept, where adaptive ones may stretch', () => {
    const slow = three({ rounds: 30 });
    const { isTimely, remark } = judgeTiming(FIXED, slow, 60_000);
    expect(isTimely).toBe(false);
    expect(remark).toContain('only 50 % of the rounds were kept');
    expect(judgeTiming(ADAPTIVE, slow, 60_000).isTimely).toBe(true);
  });

  it('is always granted to virtual time', () => {
    const spec = specOf({ mode: 'simulate', rounds: 'fixed' });
    expect(judgeTiming(spec, three({ rounds: 1, lateP99Ms: 900 }), 60_000).isTimely).toBe(true);
  });
});
