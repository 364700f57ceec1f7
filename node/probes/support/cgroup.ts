// The limits that a container sets on what runs in it, for both versions of Linux' cgroups.
//
// A limit on this node's own service says nothing about the machine, one on a container does, for
// the container is the machine that its users see. They are told apart by asking what PID 1 is
// limited to: on a host nothing, in a container the container's limit. Where PID 1 is hidden (the
// `hidepid` of /proc), what this process sees of its own cgroup has to do.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findMount, type Mount, mountTableOf } from './file-systems/mounts.ts';
import type { Place } from './stand-ins.ts';
import { attempt, parseCount, type Roots, readText } from './text.ts';

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

interface Group {
  /** Within its hierarchy: groups of two hierarchies with one path are taken for the same. */
  readonly path: string;
  readonly directory: string;
}

interface Hierarchy {
  readonly version: 1 | 2;
  /** PID 1's cgroup first, then its ancestors as far up as this process sees. */
  readonly groups: readonly Group[];
}

export interface CpuLimits {
  /** The tightest quota on PID 1 or above whose usage is counted, if there is one. */
  readonly measured: CpuLimit | undefined;
  /** The tightest of those whose usage is not. */
  readonly unmeasured: UnmeasuredQuota | undefined;
}

export interface UnmeasuredQuota {
  readonly cores: number;
  readonly directory: string;
  /** What there is none of for the quota's own group. */
  readonly lacks: string;
}

/** Where the limits stand, and which cgroup is whose. */
export const cgroupPlaces = (roots: Roots): readonly Place[] => [
  { path: join(roots.proc, '1/cgroup'), kind: 'text' },
  { path: join(roots.proc, 'self/cgroup'), kind: 'text' },
  { path: mountTableOf(roots), kind: 'table' },
  { path: join(roots.sys, 'fs/cgroup'), kind: 'folder' },
];

export function findCpuLimits(roots: Roots): CpuLimits {
  const hierarchy = findHierarchy(roots, 'cpu');
  let measured: CpuLimit | undefined;
  let unmeasured: UnmeasuredQuota | undefined;
  if (!hierarchy) return { measured, unmeasured };
  const { version, groups } = hierarchy;
  // With version 1, quota and usage may be mounted apart, and PID 1 be in other groups there.
  const usage = version === 2 ? hierarchy : findHierarchy(roots, 'cpuacct');
  const lacks = version === 2 ? 'cpu.stat' : 'cpuacct.usage';
  for (const { path, directory } of groups) {
    const cores = version === 2 ? quotaVersion2(directory) : quotaVersion1(directory);
    if (cores === undefined) continue;
    const counted = usage?.groups.find((group) => group.path === path);
    const usagePath = counted && join(counted.directory, lacks);
    if (usagePath === undefined || readText(usagePath) === undefined) {
      if (cores < (unmeasured?.cores ?? Infinity)) unmeasured = { cores, directory, lacks };
    } else if (cores < (measured?.cores ?? Infinity)) measured = { cores, usagePath, version };
  }
  return { measured, unmeasured };
}

/** The tightest limit on PID 1 or above that is below the machine's own memory. */
export function findMemoryLimit(roots: Roots, machineBytes: number): MemoryLimit | undefined {
  const hierarchy = findHierarchy(roots, 'memory');
  if (!hierarchy) return undefined;
  const { version, groups } = hierarchy;
  const [limitName, usageName] =
    version === 2 ? ['memory.max', 'memory.current'] : MEMORY_FILES_VERSION_1;
  let tightest: MemoryLimit | undefined;
  for (const { directory } of groups) {
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

/** Numbers of the CPUs that PID 1 may run on; undefined where no cgroup says so. */
export function findCpuset(roots: Roots): ReadonlySet<number> | undefined {
  const hierarchy = findHierarchy(roots, 'cpuset');
  if (!hierarchy) return undefined;
  const { version, groups } = hierarchy;
  const names =
    version === 2 ? ['cpuset.cpus.effective'] : ['cpuset.effective_cpus', 'cpuset.cpus'];
  for (const { directory } of groups) {
    // The root of all cgroups lacks those that were set apart for others: it limits nothing.
    if (version === 2 && !BELOW_ROOT.some((name) => existsSync(join(directory, name)))) continue;
    for (const name of names) {
      const cpus = parseCpuset(readText(join(directory, name)) ?? '');
      if (cpus.size > 0) return cpus;
    }
  }
  return undefined;
}

/** Files that every cgroup of version 2 has save the root. */
const BELOW_ROOT = ['cgroup.type', 'cpu.max'];

/** More than any machine has, for a range may be garbled. */
const MAX_CPUS = 8192;

/** `0-1,4`; empty for what is not understood. */
export function parseCpuset(text: string): ReadonlySet<number> {
  const cpus = new Set<number>();
  for (const range of text.trim().split(',')) {
    const [, first, last = first] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(range) ?? [];
    if (first === undefined || Number(last) >= MAX_CPUS) return new Set();
    for (let cpu = Number(first); cpu <= Number(last); cpu++) cpus.add(cpu);
  }
  return cpus;
}

/**
 * A controller sits in version 1 or in version 2, also on machines that mount both. Which one it is
 * stands among the cgroups of any process, and spares reading the mount table to its end.
 */
function findHierarchy(roots: Roots, controller: string): Hierarchy | undefined {
  const cgroups = initCgroups(roots);
  const legacyPath = cgroups === '' ? '' : cgroupPath(cgroups, controller);
  const legacy =
    legacyPath === undefined
      ? undefined
      : findMount(
          roots,
          'cgroup',
          ({ type, options }) => type === 'cgroup' && options.includes(controller),
        );
  const mount = legacy ?? findMount(roots, 'cgroup', ({ type }) => type === 'cgroup2');
  if (!mount) return undefined;
  const path = legacy ? legacyPath : cgroupPath(cgroups, '');
  let group: Group = { path: mount.root, directory: inSys(roots, mount.path) };
  const groups = [group];
  for (const step of below(mount, path ?? '')
    .split('/')
    .filter(Boolean)) {
    group = { path: join(group.path, step), directory: join(group.directory, step) };
    groups.unshift(group);
  }
  return { version: legacy ? 1 : 2, groups };
}

/**
 * The cgroups of PID 1. Where it is hidden, those of this process, cut after its container: what
 * lies below is this node's own service, which says nothing about the machine.
 */
function initCgroups({ proc }: Roots): string {
  const found = attempt(() => readText(join(proc, '1/cgroup')));
  if ('value' in found && found.value !== undefined) return found.value;
  const own = attempt(() => readText(join(proc, 'self/cgroup')));
  const text = 'value' in own ? (own.value ?? '') : '';
  return text.replace(
    /^(\d+:[^:]*:)(.*)$/gm,
    (_, head: string, path: string) => head + containerOf(path),
  );
}

/** Docker, containerd, podman and CRI-O name a cgroup by 64 digits, LXC by its own word. */
const CONTAINER = /^.*\/([^/]*[0-9a-f]{64}[^/]*|lxc\.payload[^/]*|lxc\/[^/]+)/;

const containerOf = (path: string): string => CONTAINER.exec(path)?.[0] ?? '';

/** `4:cpu,cpuacct:/path` for version 1, `0::/path` for version 2; undefined without such a line. */
export function cgroupPath(text: string, controller: string): string | undefined {
  for (const line of text.split('\n')) {
    const [, controllers = '?', ...path] = line.split(':');
    if (controllers.split(',').includes(controller)) return path.join(':');
  }
  return undefined;
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
