// The limits that a container sets on what runs in it, for both versions of Linux' cgroups.
//
// A limit on this node's own service says nothing about the machine, one on a container does, for
// the container is the machine that its users see. They are told apart by asking what PID 1 is
// limited to: on a host nothing, in a container the container's limit.

import { join } from 'node:path';
import { type Mount, readMounts } from './mounts.ts';
import { parseCount, type Roots, readText } from './text.ts';

export interface CpuLimit {
  /** May be a fraction. */
  readonly cores: number;
  /** File that counts the CPU time used. */
  readonly usagePath: string;
  readonly version: 1 | 2;
}

export interface MemoryLimit {
  readonly limitBytes: number;
  readonly usagePath: string;
  readonly statPath: string;
  readonly version: 1 | 2;
}

interface Hierarchy {
  readonly version: 1 | 2;
  /** PID 1's cgroup first, then its ancestors as far up as this process sees. */
  readonly directories: readonly string[];
}

/** The tightest quota on PID 1 or above, if there is one. */
export function findCpuLimit(roots: Roots): CpuLimit | undefined {
  const hierarchy = findHierarchy(roots, 'cpu');
  if (!hierarchy) return undefined;
  // With version 1, quota and usage may be mounted apart; their trees are alike.
  const usage = hierarchy.version === 2 ? hierarchy : findHierarchy(roots, 'cpuacct');
  const usageName = hierarchy.version === 2 ? 'cpu.stat' : 'cpuacct.usage';
  let tightest: CpuLimit | undefined;
  hierarchy.directories.forEach((directory, level) => {
    const cores = hierarchy.version === 2 ? quotaVersion2(directory) : quotaVersion1(directory);
    const usageDirectory = usage?.directories[level];
    if (cores === undefined || usageDirectory === undefined) return;
    const usagePath = join(usageDirectory, usageName);
    if (cores < (tightest?.cores ?? Infinity) && readText(usagePath) !== undefined) {
      tightest = { cores, usagePath, version: hierarchy.version };
    }
  });
  return tightest;
}

/** The tightest limit on PID 1 or above that is below the machine's own memory. */
export function findMemoryLimit(roots: Roots, machineBytes: number): MemoryLimit | undefined {
  const hierarchy = findHierarchy(roots, 'memory');
  if (!hierarchy) return undefined;
  const { version, directories } = hierarchy;
  const [limitName, usageName] =
    version === 2 ? ['memory.max', 'memory.current'] : MEMORY_FILES_VERSION_1;
  let tightest: MemoryLimit | undefined;
  for (const directory of directories) {
    // "No limit" is the word `max`, or in version 1 a size far beyond any machine's.
    const limitBytes = parseCount(readText(join(directory, limitName))?.trim());
    if (limitBytes === undefined || limitBytes === 0) continue;
    if (limitBytes < (tightest?.limitBytes ?? machineBytes)) {
      const usagePath = join(directory, usageName);
      tightest = { limitBytes, usagePath, statPath: join(directory, 'memory.stat'), version };
    }
  }
  return tightest;
}

const MEMORY_FILES_VERSION_1 = ['memory.limit_in_bytes', 'memory.usage_in_bytes'] as const;

/** `cpu.max` is `200000 100000` (µs of quota and period) or `max 100000`. */
function quotaVersion2(directory: string): number | undefined {
  const [quota, period] = (readText(join(directory, 'cpu.max')) ?? '').trim().split(' ');
  return coresOf(parseCount(quota), parseCount(period));
}

/** No quota is −1, which is no count. */
function quotaVersion1(directory: string): number | undefined {
  const quota = readText(join(directory, 'cpu.cfs_quota_us'))?.trim();
  const period = readText(join(directory, 'cpu.cfs_period_us'))?.trim();
  return coresOf(parseCount(quota), parseCount(period));
}

function coresOf(quotaUs: number | undefined, periodUs: number | undefined): number | undefined {
  return quotaUs && periodUs ? quotaUs / periodUs : undefined;
}

/** A controller sits in version 1 or in version 2, also on machines that mount both. */
function findHierarchy(roots: Roots, controller: string): Hierarchy | undefined {
  const mounts = readMounts(roots) ?? [];
  const legacy = mounts.find((one) => one.type === 'cgroup' && one.options.includes(controller));
  const mount = legacy ?? mounts.find((one) => one.type === 'cgroup2');
  if (!mount) return undefined;
  const cgroups = readText(join(roots.proc, '1/cgroup')) ?? '';
  const path = cgroupPath(cgroups, legacy ? controller : '');
  const top = inSys(roots, mount.path);
  const steps = below(mount, path).split('/').filter(Boolean);
  const directories = [top];
  for (const step of steps) directories.unshift(join(directories[0] ?? top, step));
  return { version: legacy ? 1 : 2, directories };
}

/** `4:cpu,cpuacct:/path` for version 1, `0::/path` for version 2; empty without such a line. */
export function cgroupPath(text: string, controller: string): string {
  for (const line of text.split('\n')) {
    const [, controllers = '?', ...path] = line.split(':');
    if (controllers.split(',').includes(controller)) return path.join(':');
  }
  return '';
}

/**
 * A cgroup's path below what is mounted. A path outside of it (a namespace shows `/../..` then)
 * leaves the mount itself, and so does the scope that systemd puts itself into.
 */
function below(mount: Mount, path: string): string {
  const root = mount.root === '/' ? '' : mount.root;
  if (path.split('/').includes('..') || !`${path}/`.startsWith(`${root}/`)) return '';
  return path.slice(root.length).replace(/\/init\.scope$/, '');
}

function inSys(roots: Roots, path: string): string {
  return path.startsWith('/sys/') ? join(roots.sys, path.slice('/sys'.length)) : path;
}
