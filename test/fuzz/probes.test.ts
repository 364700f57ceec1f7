// Whatever text stands in a kernel's file, a parser answers with finite numbers or says in an
// OperatingError that it does not understand.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OperatingError } from '../../node/errors.ts';
import {
  limitShare,
  parseCpuTimes,
  parseCpuUsage,
  sumCpuTimes,
} from '../../node/probes/linux/cpu.ts';
import { parseLoad } from '../../node/probes/linux/load.ts';
import { limitedShare, parseMemory } from '../../node/probes/linux/memory.ts';
import { parseInterfaces, realInterfaces } from '../../node/probes/linux/network.ts';
import { parseSwap } from '../../node/probes/linux/swap.ts';
import { parseArc } from '../../node/probes/support/arc.ts';
import { cgroupPath, parseCpuset } from '../../node/probes/support/cgroup.ts';
import { cpuShare } from '../../node/probes/support/cpu-times.ts';
import {
  poolShare,
  realFileSystems,
  usedShare,
} from '../../node/probes/support/file-systems/file-systems.ts';
import { parseMounts } from '../../node/probes/support/file-systems/mounts.ts';
import { trafficRate } from '../../node/probes/support/traffic.ts';
import { fuzz, target } from './fuzz.ts';
import { nearlyText } from './inputs.ts';

const recorded = (path: string) => {
  const machine = path.startsWith('spl/') ? 'proxmox-6.8-zfs' : 'raspberry-pi-6.1';
  return readFileSync(join('test/probes/recorded', machine, 'proc', path), 'utf8');
};

const interfacesOf = (text: string) => {
  const interfaces = parseInterfaces(text);
  const nothing = { hasDevice: () => false, masterOf: () => undefined, lowersOf: () => [] };
  realInterfaces([...interfaces.keys()], nothing);
  return interfaces;
};

/** Numbers that a parser makes of a text, compared with itself where it takes two. */
const PARSERS: Readonly<Record<string, readonly [string, (text: string) => unknown]>> = {
  cpu: ['stat', (text) => [parseCpuTimes(text), cpuShare([0, 0, 0, 0], parseCpuTimes(text))]],
  memory: ['meminfo', parseMemory],
  swap: ['meminfo', parseSwap],
  network: [
    'net/dev',
    (text) => {
      const counts = interfacesOf(text);
      const zero = new Map([...counts.keys()].map((name) => [name, { received: 0, sent: 0 }]));
      const before = { atMs: 0, interfaces: zero };
      return [...counts.values(), trafficRate(before, { atMs: 1, interfaces: counts })];
    },
  ],
  storage: ['self/mountinfo', (text) => realFileSystems(parseMounts(text)).length],
  load: ['loadavg', parseLoad],
  cgroup: ['1/cgroup', (text) => cgroupPath(text, 'cpu')?.length],
  cpuset: [
    'stat',
    (text) => {
      const cpus = parseCpuset(text);
      return [cpus.size, sumCpuTimes(text, cpus.size > 0 ? cpus : new Set([0, 2]))];
    },
  ],
  arc: ['spl/kstat/zfs/arcstats', parseArc],
  usage: ['stat', (text) => [parseCpuUsage(text, 1), parseCpuUsage(text, 2)]],
  'memory limit': [
    'meminfo',
    (text) => limitedShare('5', `inactive_file 1\n${text}`, { limitBytes: 10, version: 2 }),
  ],
};

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(numbersIn);
}

/** True when the text was understood. */
function hold(parse: (text: string) => unknown, text: string): boolean {
  try {
    for (const number of numbersIn(parse(text))) {
      expect(Number.isFinite(number)).toBe(true);
      expect(number).toBeGreaterThanOrEqual(0);
    }
    return true;
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    expect(error.message).toMatch(/ is not understood: expected .+, found /);
    return false;
  }
}

fuzz('finite numbers or a sentence come of a text of the kernel, read for', [
  ...Object.entries(PARSERS).map(([name, [file, parse]]) =>
    target(name, nearlyText(recorded(file)), (text) => hold(parse, text)),
  ),
]);

test('the sound texts themselves are understood', () => {
  for (const name of ['cpu', 'memory', 'swap', 'network', 'storage', 'load', 'cgroup', 'arc']) {
    const [file, parse] = PARSERS[name] ?? ['', () => undefined];
    expect(hold(parse, recorded(file)), name).toBe(true);
  }
});

const counter = fc.double({ min: 0, max: 2 ** 64, noNaN: true });
const times = fc.array(counter, { minLength: 4, maxLength: 8 });
const inRange = (share: number | undefined) => {
  if (share !== undefined) expect(share >= 0 && share <= 100, `${share}`).toBe(true);
};

fuzz('a share from 0 to 100 comes of', [
  target('any times of the processor', fc.tuple(times, times), ([before, after]) => {
    inRange(cpuShare(before, after));
  }),
  target('any blocks', fc.tuple(counter, counter, counter), ([blocks, bfree, bavail]) => {
    inRange(usedShare({ blocks, bfree, bavail }));
    inRange(poolShare([{ blocks, bfree, bavail, bsize: 4096 }]));
  }),
  target(
    'any use of a limit',
    fc.tuple(counter, counter, counter, fc.double({ min: 0.01, max: 512, noNaN: true })),
    ([atMs, first, second, cores]) => {
      inRange(limitShare({ atMs: 0, usedUs: first }, { atMs, usedUs: second }, cores));
    },
  ),
]);
