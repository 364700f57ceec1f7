// Swap in use, from /proc/meminfo.

import { join } from 'node:path';
import { SWAP } from '../../config/metrics.ts';
import { meminfoField } from '../support/meminfo.ts';
import type { KernelProbe } from '../support/stand-ins.ts';
import { malformed, type Roots, readText } from '../support/text.ts';

export function createSwapProbe(roots: Roots): KernelProbe {
  const meminfoPath = join(roots.proc, 'meminfo');
  return {
    name: 'swap',
    reads: [{ path: meminfoPath, kind: 'text' }],
    metrics: [SWAP],
    collect() {
      const text = readText(meminfoPath);
      const value = text === undefined ? undefined : parseSwap(text);
      return value === undefined ? [] : [{ metric: SWAP.name, value }];
    },
  };
}

/** %; a machine without swap has no reading, for 0 % would say that swap is there and unused. */
export function parseSwap(text: string): number | undefined {
  if (meminfoField(text, 'MemTotal') === undefined) {
    throw malformed('/proc/meminfo', 'the line MemTotal', text);
  }
  const totalKb = meminfoField(text, 'SwapTotal');
  const freeKb = meminfoField(text, 'SwapFree');
  if (!totalKb || freeKb === undefined) return undefined;
  return (100 * Math.max(0, totalKb - freeKb)) / totalKb;
}
