// The load average over one minute, from Node itself.

import { loadavg } from 'node:os';
import { LOAD1 } from '../../config/metrics.ts';
import type { Probe } from '../../ports.ts';

export function createPortableLoadProbe(
  platform: string,
  readLoad: () => readonly number[] = loadavg,
): Probe {
  return {
    name: 'load',
    metrics: [LOAD1],
    collect() {
      // Windows has no load average; Node answers 0 there, which would be a lie.
      const value = platform === 'win32' ? undefined : readLoad()[0];
      return value === undefined ? [] : [{ metric: LOAD1.name, value }];
    },
  };
}
