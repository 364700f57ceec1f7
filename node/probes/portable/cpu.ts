// CPU in use on systems without /proc, from the ticks that Node itself reports.

import { type CpuInfo, cpus } from 'node:os';
import { CPU } from '../../config/metrics.ts';
import type { Probe } from '../../ports.ts';
import { type CpuTimes, createCpuMeter } from '../support/cpu-times.ts';

/** Keeps its own baseline: systeminformation's is shared by all who ask in one process. */
export function createPortableCpuProbe(readCores: () => readonly CpuInfo[] = cpus): Probe {
  const meter = createCpuMeter("the system's processor times");
  return {
    name: 'cpu',
    metrics: [CPU],
    collect(nowMs) {
      const value = meter.measure(() => sumTicks(readCores()), nowMs);
      return value === undefined ? [] : [{ metric: CPU.name, value }];
    },
    remarks: meter.remarks,
  };
}

function sumTicks(cores: readonly CpuInfo[]): CpuTimes {
  const sum = { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 };
  for (const { times } of cores) {
    sum.user += times.user;
    sum.nice += times.nice;
    sum.sys += times.sys;
    sum.idle += times.idle;
    sum.irq += times.irq;
  }
  // In the order of Linux; these systems do not tell what waits for I/O.
  return [sum.user, sum.nice, sum.sys, sum.idle, 0, sum.irq];
}
