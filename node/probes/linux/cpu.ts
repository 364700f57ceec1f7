// CPU in use, from /proc/stat; in a container with a CPU limit from its cgroup's usage, or from the
// CPUs that it may run on, whichever is less.

import { join } from 'node:path';
import { CPU } from '../../config/metrics.ts';
import {
  type CpuLimit,
  cgroupPlaces,
  findCpuLimits,
  findCpuset,
  type UnmeasuredQuota,
} from '../support/cgroup.ts';
import { type CpuTimes, createCpuMeter } from '../support/cpu-times.ts';
import { createFalls } from '../support/falls.ts';
import type { KernelProbe } from '../support/stand-ins.ts';
import { attempt, malformed, parseCount, type Roots, readText } from '../support/text.ts';

/** What counts as the whole. */
type Scope =
  | { readonly kind: 'machine' }
  | { readonly kind: 'cpuset'; readonly cpus: ReadonlySet<number> }
  | { readonly kind: 'quota'; readonly limit: CpuLimit };

interface Choice {
  readonly scope: Scope;
  /** A tighter quota that cannot be heeded. */
  readonly unmeasured?: UnmeasuredQuota | undefined;
}

const IDLE = 3;
/** Guest time, which follows, is within user and nice already. */
const COLUMNS = 8;
/** Longer than any first line of /proc/stat: eleven numbers of 64 bits. */
const FIRST_LINE_BYTES = 256;
const RECHECK_SCOPE_MS = 30_000;

export function createCpuProbe(roots: Roots): KernelProbe {
  const statPath = join(roots.proc, 'stat');
  const ofTimes = createTimesReader(statPath);
  const ofQuota = createQuotaReader();
  let { scope, unmeasured }: Choice = { scope: { kind: 'machine' } };
  let scopeKey = '';
  let scopeProblem: string | undefined;
  let recheckAtMs = Number.NEGATIVE_INFINITY;

  const recheck = (nowMs: number) => {
    // First, so that what fails is not tried again each second.
    recheckAtMs = nowMs + RECHECK_SCOPE_MS;
    const found = attempt(() => chooseScope(roots, statPath));
    scopeProblem = 'problem' in found ? found.problem : undefined;
    // What was found before stands.
    if ('problem' in found) return;
    ({ scope, unmeasured } = found.value);
    const key = keyOf(scope);
    if (key === scopeKey) return;
    scopeKey = key;
    ofTimes.forget();
    ofQuota.forget();
  };

  return {
    name: 'cpu',
    reads: [{ path: statPath, kind: 'text' }, ...cgroupPlaces(roots)],
    metrics: [CPU],
    collect(nowMs) {
      if (nowMs >= recheckAtMs) recheck(nowMs);
      const value =
        scope.kind === 'quota'
          ? ofQuota.read(scope.limit, nowMs)
          : ofTimes.read(nowMs, scope.kind === 'cpuset' ? scope.cpus : undefined);
      return value === undefined ? [] : [{ metric: CPU.name, value }];
    },
    remarks: () => [
      ...(scopeProblem === undefined
        ? []
        : [`whether CPU is limited here is not known, for ${scopeProblem}`]),
      ...(unmeasured === undefined ? [] : [unmeasuredText(unmeasured)]),
      ...(scope.kind === 'quota' ? ofQuota.remarks() : ofTimes.remarks()),
    ],
  };
}

const keyOf = (scope: Scope): string => {
  if (scope.kind === 'quota') return scope.limit.usagePath;
  return scope.kind === 'cpuset' ? [...scope.cpus].join() : scope.kind;
};

const unmeasuredText = ({ cores, directory, lacks }: UnmeasuredQuota): string =>
  `the quota of ${Number(cores.toFixed(2))} CPUs in ${directory} is not heeded, for no ${lacks} ` +
  'of the same group is seen, so cpu is shown of more than may be used; let this node see it' +
  (lacks === 'cpu.stat' ? '' : ', or give the container one group of both cpu and cpuacct');

/** The tighter of quota and cpuset; one of as many CPUs as there are, or more, limits nothing. */
function chooseScope(roots: Roots, statPath: string): Choice {
  const { measured, unmeasured } = findCpuLimits(roots);
  const cpuset = findCpuset(roots);
  if (!measured && !unmeasured && !cpuset) return { scope: { kind: 'machine' } };
  const present = readText(statPath)?.match(/^cpu\d+ /gm)?.length ?? Infinity;
  // In LXC, /proc/stat may have the container's CPUs alone, and under new numbers.
  const isTight = cpuset !== undefined && cpuset.size < present && present < Infinity;
  const cores = isTight ? cpuset.size : present;
  const whole = Math.min(cores, measured?.cores ?? Infinity);
  const ignored = unmeasured && unmeasured.cores < whole ? { unmeasured } : {};
  if (measured && measured.cores < cores) {
    return { scope: { kind: 'quota', limit: measured }, ...ignored };
  }
  return { scope: isTight ? { kind: 'cpuset', cpus: cpuset } : { kind: 'machine' }, ...ignored };
}

function createTimesReader(statPath: string) {
  const { measure, forget, remarks } = createCpuMeter(statPath);
  const readTimes = (cpus: ReadonlySet<number> | undefined): CpuTimes | undefined => {
    const text = readText(statPath, cpus ? undefined : FIRST_LINE_BYTES);
    if (text === undefined) return undefined;
    return cpus ? sumCpuTimes(text, cpus) : parseCpuTimes(text);
  };
  return {
    read: (nowMs: number, cpus: ReadonlySet<number> | undefined) =>
      measure(() => readTimes(cpus), nowMs),
    forget,
    remarks,
  };
}

function createQuotaReader() {
  const falls = createFalls();
  let usage: CpuUsage | undefined;
  return {
    read({ usagePath, version, cores }: CpuLimit, nowMs: number): number | undefined {
      const before = usage;
      usage = undefined;
      usage = { atMs: nowMs, usedUs: parseCpuUsage(readText(usagePath) ?? '', version) };
      if (before === undefined) return undefined;
      falls.note(usage.usedUs < before.usedUs ? [usagePath] : [], nowMs);
      return limitShare(before, usage, cores);
    },
    forget() {
      usage = undefined;
    },
    remarks: () =>
      falls
        .lasting()
        .map((path) => `${path} falls again and again, so there is no value; update the kernel`),
  };
}

/** Kernels before 2.6.33 print fewer columns; the missing ones count as 0. */
export function parseCpuTimes(text: string): CpuTimes {
  const end = text.indexOf('\n');
  const [name, ...columns] = (end < 0 ? '' : text.slice(0, end)).trim().split(/\s+/);
  const times = name === 'cpu' ? parseColumns(columns) : undefined;
  if (times) return times;
  throw malformed('/proc/stat', 'a whole first line "cpu" with its counters', text);
}

/** Of some CPUs, by their numbers; one that is offline has no line and no time. */
export function sumCpuTimes(text: string, cpus: ReadonlySet<number>): CpuTimes {
  let sum: number[] | undefined;
  for (const [line, number, columns = ''] of text.matchAll(/^cpu(\d{1,9}) (.*)\n/gm)) {
    if (!cpus.has(Number(number))) continue;
    const times = parseColumns(columns.trim().split(/\s+/));
    if (!times) throw malformed('/proc/stat', 'counters for each CPU', line);
    sum = times.map((ticks, column) => ticks + (sum?.[column] ?? 0));
  }
  if (sum) return sum;
  throw malformed('/proc/stat', `a line for one of the CPUs ${[...cpus].join()}`, text);
}

function parseColumns(columns: readonly string[]): CpuTimes | undefined {
  const times = columns.slice(0, COLUMNS).map(parseCount);
  if (times.length <= IDLE || times.includes(undefined)) return undefined;
  return times.map((ticks) => ticks ?? 0);
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
