// CPU in use, from /proc/stat, or in a container with a CPU limit from its cgroup's usage.

import { join } from 'node:path';
import { CPU } from '../../config/metrics.ts';
import type { Probe } from '../../ports.ts';
import { type CpuLimit, findCpuLimit } from '../support/cgroup.ts';
import { malformed, parseCount, type Roots, readText } from '../support/text.ts';

/** Ticks since boot: user, nice, system, idle, iowait, irq, softirq, steal. */
export type CpuTimes = readonly number[];

const IDLE = 3;
const IOWAIT = 4;
/** Guest time, which follows, is within user and nice already. */
const COLUMNS = 8;
/** Longer than any first line of /proc/stat: eleven numbers of 64 bits. */
const FIRST_LINE_BYTES = 256;
const RECHECK_LIMIT_MS = 30_000;

export function createCpuProbe(roots: Roots): Probe {
  const statPath = join(roots.proc, 'stat');
  let limit: CpuLimit | undefined;
  let recheckAtMs = Number.NEGATIVE_INFINITY;
  let times: CpuTimes | undefined;
  let usage: CpuUsage | undefined;

  const recheck = (nowMs: number) => {
    const found = tightLimit(roots, statPath);
    if (found?.usagePath !== limit?.usagePath) {
      times = undefined;
      usage = undefined;
    }
    limit = found;
    recheckAtMs = nowMs + RECHECK_LIMIT_MS;
  };

  const ofMachine = () => {
    const text = readText(statPath, FIRST_LINE_BYTES);
    if (text === undefined) return undefined;
    const before = times;
    times = undefined;
    times = parseCpuTimes(text);
    return before && cpuShare(before, times);
  };

  const ofLimit = (of: CpuLimit, nowMs: number) => {
    const before = usage;
    usage = undefined;
    const usedUs = parseCpuUsage(readText(of.usagePath) ?? '', of.version);
    usage = { atMs: nowMs, usedUs };
    return before && limitShare(before, usage, of.cores);
  };

  return {
    name: 'cpu',
    metrics: [CPU],
    collect(nowMs) {
      if (nowMs >= recheckAtMs) recheck(nowMs);
      const value = limit ? ofLimit(limit, nowMs) : ofMachine();
      return value === undefined ? [] : [{ metric: CPU.name, value }];
    },
  };
}

/** A quota of as many cores as there are, or more, limits nothing. */
function tightLimit(roots: Roots, statPath: string): CpuLimit | undefined {
  const limit = findCpuLimit(roots);
  if (!limit) return undefined;
  const cores = readText(statPath)?.match(/^cpu\d+ /gm)?.length ?? Infinity;
  return limit.cores < cores ? limit : undefined;
}

/** Kernels before 2.6.33 print fewer columns; the missing ones count as 0. */
export function parseCpuTimes(text: string): CpuTimes {
  const end = text.indexOf('\n');
  const line = end < 0 ? '' : text.slice(0, end);
  const [name, ...columns] = line.trim().split(/\s+/);
  const times = columns.slice(0, COLUMNS).map(parseCount);
  if (name !== 'cpu' || times.length <= IDLE || times.includes(undefined)) {
    throw malformed('/proc/stat', 'a whole first line "cpu" with its counters', text);
  }
  return times.map((ticks) => ticks ?? 0);
}

/**
 * % busy between two counts; undefined when no tick passed or a counter went back. Time stolen by
 * the hypervisor is busy: no more work would have fitted in. Waiting for I/O is idle, and proc(5)
 * says that this one counter may shrink.
 */
export function cpuShare(before: CpuTimes, after: CpuTimes): number | undefined {
  let idle = 0;
  let busy = 0;
  for (const [column, ticks] of after.entries()) {
    const passed = ticks - (before[column] ?? 0);
    if (passed < 0 && column !== IOWAIT) return undefined;
    if (column === IDLE || column === IOWAIT) idle += Math.max(0, passed);
    else busy += passed;
  }
  return busy + idle === 0 ? undefined : Math.min(100, (100 * busy) / (busy + idle));
}

export interface CpuUsage {
  readonly atMs: number;
  readonly usedUs: number;
}

/** µs of CPU time: version 2 says so in a line of cpu.stat, version 1 prints bare nanoseconds. */
export function parseCpuUsage(text: string, version: 1 | 2): number {
  const used = version === 2 ? /^usage_usec (\d+)$/m.exec(text)?.[1] : text.trim();
  const count = parseCount(used);
  if (count === undefined) {
    const file = version === 2 ? 'cpu.stat' : 'cpuacct.usage';
    throw malformed(`the cgroup's ${file}`, 'the CPU time used', text);
  }
  return version === 2 ? count : count / 1000;
}

/** % of the limit; a burst may exceed the quota for a moment and counts as 100. */
export function limitShare(before: CpuUsage, after: CpuUsage, cores: number): number | undefined {
  const elapsedUs = (after.atMs - before.atMs) * 1000;
  const usedUs = after.usedUs - before.usedUs;
  if (elapsedUs <= 0 || usedUs < 0) return undefined;
  return Math.min(100, (100 * usedUs) / (elapsedUs * cores));
}
