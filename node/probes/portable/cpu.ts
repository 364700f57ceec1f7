// CPU in use on systems without /proc, from the ticks that Node itself reports.

import { type CpuInfo, cpus } from 'node:os';
import { CPU } from '../../config/metrics.ts';
import type { Probe } from '../../ports.ts';

interface Ticks {
  readonly busy: number;
  readonly idle: number;
}

/** Keeps its own baseline: systeminformation's is shared by all who ask in one process. */
export function createPortableCpuProbe(readCores: () => readonly CpuInfo[] = cpus): Probe {
  let before: Ticks | undefined;
  return {
    name: 'cpu',
    metrics: [CPU],
    collect() {
      const last = before;
      before = sumTicks(readCores());
      const value = last && tickShare(last, before);
      return value === undefined ? [] : [{ metric: CPU.name, value }];
    },
  };
}

function sumTicks(cores: readonly CpuInfo[]): Ticks {
  let busy = 0;
  let idle = 0;
  for (const { times } of cores) {
    busy += times.user + times.nice + times.sys + times.irq;
    idle += times.idle;
  }
  return { busy, idle };
}

/** Undefined when no tick passed, or when a sum went back because a core was taken away. */
function tickShare(before: Ticks, after: Ticks): number | undefined {
  const busy = after.busy - before.busy;
  const idle = after.idle - before.idle;
  return busy < 0 || idle < 0 || busy + idle === 0
    ? undefined
    : Math.min(100, (100 * busy) / (busy + idle));
}
