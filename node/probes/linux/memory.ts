// Memory that is not available, from /proc/meminfo, or in a container with a memory limit from its
// cgroup.

import { join } from 'node:path';
import { MEMORY } from '../../config/metrics.ts';
import { createArcReader } from '../support/arc.ts';
import { cgroupPlaces, findMemoryLimit, type MemoryLimit } from '../support/cgroup.ts';
import { meminfoField } from '../support/meminfo.ts';
import type { KernelProbe } from '../support/stand-ins.ts';
import { attempt, malformed, parseCount, type Roots, readText } from '../support/text.ts';

const RECHECK_LIMIT_MS = 30_000;

export function createMemoryProbe(roots: Roots): KernelProbe {
  const meminfoPath = join(roots.proc, 'meminfo');
  const readArc = createArcReader(roots);
  let limit: MemoryLimit | undefined;
  let limitProblem: string | undefined;
  let recheckAtMs = Number.NEGATIVE_INFINITY;

  const readMachine = () => {
    const text = readText(meminfoPath);
    return text === undefined ? undefined : parseMemory(text);
  };

  const recheck = (nowMs: number) => {
    // First, so that what fails is not tried again each second.
    recheckAtMs = nowMs + RECHECK_LIMIT_MS;
    readArc.recheck();
    // Under a limit, what the machine has is no more than a bound.
    const machine = attempt(readMachine);
    const machineKb = 'value' in machine ? machine.value?.totalKb : undefined;
    const found = attempt(() => findMemoryLimit(roots, (machineKb ?? Infinity) * 1024));
    limitProblem = 'problem' in found ? found.problem : undefined;
    // What was found before stands.
    if ('value' in found) limit = found.value;
  };

  return {
    name: 'memory',
    reads: [{ path: meminfoPath, kind: 'text' }, readArc.place, ...cgroupPlaces(roots)],
    metrics: [MEMORY],
    collect(nowMs) {
      if (nowMs >= recheckAtMs) recheck(nowMs);
      const value = limit ? readLimited(limit) : memoryShare(readMachine(), readArc.spareKb());
      return value === undefined ? [] : [{ metric: MEMORY.name, value }];
    },
    remarks: () => [
      ...(limitProblem === undefined
        ? []
        : [`whether memory is limited here is not known, for ${limitProblem}`]),
      ...(limit ? [] : readArc.remarks()),
    ],
  };
}

export interface MemoryState {
  readonly totalKb: number;
  readonly availableKb: number;
}

/**
 * Kernels before 3.14 do not say what is available. It is estimated then as what they could hand
 * out without swapping: free memory and the caches, shared memory (counted as cached) taken out.
 */
export function parseMemory(text: string): MemoryState {
  const totalKb = meminfoField(text, 'MemTotal');
  const freeKb = meminfoField(text, 'MemFree');
  if (totalKb === undefined || freeKb === undefined) {
    throw malformed('/proc/meminfo', 'the lines MemTotal and MemFree', text);
  }
  const cache = (name: string) => meminfoField(text, name) ?? 0;
  const availableKb =
    meminfoField(text, 'MemAvailable') ??
    freeKb + cache('Buffers') + cache('Cached') + cache('SReclaimable') - cache('Shmem');
  return { totalKb, availableKb: Math.min(totalKb, Math.max(0, availableKb)) };
}

function memoryShare(state: MemoryState | undefined, spareKb: number): number | undefined {
  if (!state || state.totalKb === 0) return undefined;
  const { totalKb, availableKb } = state;
  return (100 * Math.max(0, totalKb - availableKb - spareKb)) / totalKb;
}

function readLimited(limit: MemoryLimit): number {
  const usage = readText(limit.usagePath) ?? '';
  const stat = readText(limit.statPath) ?? '';
  return limitedShare(usage, stat, limit);
}

/**
 * % of a cgroup's limit: the working set as kubelet defines it, which is the usage less the file
 * cache that the kernel would drop first.
 */
export function limitedShare(
  usage: string,
  stat: string,
  limit: Pick<MemoryLimit, 'limitBytes' | 'version'>,
): number {
  const usedBytes = parseCount(usage.trim());
  if (usedBytes === undefined) throw malformed("the cgroup's memory usage", 'bytes', usage);
  // Version 1 prints the group's own pages under the short name, with its children's under this.
  const name = limit.version === 2 ? 'inactive_file' : 'total_inactive_file';
  const inactive = parseCount(new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1]);
  if (inactive === undefined) throw malformed("the cgroup's memory.stat", `a line ${name}`, stat);
  return Math.min(100, (100 * Math.max(0, usedBytes - inactive)) / limit.limitBytes);
}
