import { describe, expect, test } from 'vitest';
import { createProbes } from '../../../node/probes/index.ts';
import { createPortableCpuProbe } from '../../../node/probes/portable/cpu.ts';
import { createPortableLoadProbe } from '../../../node/probes/portable/load.ts';
import { createPortableMemoryProbe } from '../../../node/probes/portable/memory.ts';
import { createPortableNetworkProbe } from '../../../node/probes/portable/network.ts';
import { createPortableStorageProbe } from '../../../node/probes/portable/storage.ts';
import { createProbeRunner } from '../../../node/probes/runner.ts';
import {
  type FileSystemSize,
  isAmount,
  type NetworkStats,
  type SystemInformation,
} from '../../../node/probes/support/system-information.ts';

/** A systeminformation that says what a test needs and counts its calls. */
function library(answers: {
  mem?: Awaited<ReturnType<SystemInformation['mem']>>;
  sizes?: FileSystemSize[];
  stats?: () => NetworkStats[];
}) {
  let calls = 0;
  const count = <Answer>(answer: Answer) => {
    calls += 1;
    return Promise.resolve(answer);
  };
  const none = { total: null, available: null, swaptotal: null, swapused: null };
  const information: SystemInformation = {
    mem: () => count(answers.mem ?? none),
    fsSize: () => count(answers.sizes ?? []),
    networkStats: () => count(answers.stats?.() ?? []),
  };
  return { load: () => Promise.resolve(information), calls: () => calls };
}

describe('memory and swap', () => {
  test('come from what is available, not from "used", which counts the cache', async () => {
    const mem = { total: 1000, available: 750, used: 990, swaptotal: 400, swapused: 100 };
    const probe = createPortableMemoryProbe(library({ mem }).load);
    expect(await probe.collect(0)).toEqual([
      { metric: 'memory', value: 25 },
      { metric: 'swap', value: 25 },
    ]);
  });

  test('no swap and figures that are missing are no data', async () => {
    const mem = { total: 1000, available: Number.NaN, swaptotal: 0, swapused: 0 };
    expect(await createPortableMemoryProbe(library({ mem }).load).collect(0)).toEqual([]);
    expect(await createPortableMemoryProbe(library({}).load).collect(0)).toEqual([]);
  });

  test('the library is asked every 5 s at most; in between the last readings stand', async () => {
    const mem = { total: 1000, available: 750, swaptotal: 0, swapused: 0 };
    const { load, calls } = library({ mem });
    const probe = createPortableMemoryProbe(load);
    for (const second of [0, 1, 2, 3, 4]) {
      expect(await probe.collect(second * 1000)).toEqual([{ metric: 'memory', value: 25 }]);
    }
    expect(calls()).toBe(1);
    await probe.collect(5000);
    expect(calls()).toBe(2);
  });
});

test('storage is the fullest that can be written, without remote disks and images', async () => {
  const size = (type: string, mount: string, used: number, rw: boolean | null = true) => ({
    type,
    mount,
    used,
    available: 100 - used,
    rw,
  });
  const sizes = [
    size('APFS', '/', 40, false),
    size('APFS', '/System/Volumes/Data', 60),
    size('HFS', '/Volumes/Installer', 100, false),
    size('smbfs', '/Volumes/office', 99),
    size('devfs', '/dev', 100),
    { ...size('APFS', '/odd', 0), used: null, available: null },
  ];
  const probe = createPortableStorageProbe(library({ sizes }).load);
  expect(await probe.collect(0)).toEqual([{ metric: 'storage', value: 60 }]);
  const sealed = createPortableStorageProbe(library({ sizes: sizes.slice(0, 1) }).load);
  expect(await sealed.collect(0)).toEqual([{ metric: 'storage', value: 40 }]);
  expect(await createPortableStorageProbe(library({}).load).collect(0)).toEqual([]);
});

test('volumes of one APFS container are as full as the container', async () => {
  const volume = { type: 'APFS', size: 1000, available: 100, rw: true };
  const sizes = [
    { ...volume, mount: '/', used: 15, rw: false },
    { ...volume, mount: '/System/Volumes/Data', used: 400 },
    { ...volume, mount: '/System/Volumes/VM', used: 300 },
  ];
  const probe = createPortableStorageProbe(library({ sizes }).load);
  expect(await probe.collect(0)).toEqual([{ metric: 'storage', value: 90 }]);
});

test('a disk that turned read-only keeps its value, and is named', async () => {
  const disk = { type: 'ufs', mount: '/data', used: 97, available: 3, rw: true };
  const sizes = [disk];
  const probe = createPortableStorageProbe(library({ sizes }).load);
  await probe.collect(0);
  expect(probe.remarks?.()).toEqual([]);
  sizes[0] = { ...disk, rw: false };
  expect(await probe.collect(30_000)).toEqual([{ metric: 'storage', value: 97 }]);
  expect(probe.remarks?.()).toEqual([
    '/data could be written before and is read-only now; look into the log of the system and ' +
      'check its disk',
  ]);
});

test('where all interfaces are tunnels, one counts', async () => {
  let seconds = 0;
  const stats = () => [
    { iface: 'lo0', rx_bytes: 1e9 * seconds, tx_bytes: 0 },
    { iface: 'utun0', rx_bytes: 500 * seconds, tx_bytes: 0 },
  ];
  const probe = createPortableNetworkProbe(library({ stats }).load);
  await probe.collect(0);
  seconds = 1;
  expect(await probe.collect(1000)).toEqual([{ metric: 'network', value: 500 }]);
});

test("network rates come from the counters, over this node's own baseline", async () => {
  let seconds = 0;
  const stats = () => [
    { iface: 'en0', rx_bytes: 1000 * seconds, tx_bytes: 500 * seconds },
    { iface: 'lo0', rx_bytes: 1e9 * seconds, tx_bytes: 1e9 * seconds },
    { iface: 'utun3', rx_bytes: 1e9 * seconds, tx_bytes: 1e9 * seconds },
    { iface: 'en5', rx_bytes: null, tx_bytes: null },
  ];
  const probe = createPortableNetworkProbe(library({ stats }).load);
  expect(await probe.collect(0)).toEqual([]);
  seconds = 2;
  expect(await probe.collect(2000)).toEqual([{ metric: 'network', value: 1500 }]);
});

test('cpu is the share of busy ticks, and a core taken away is a new baseline', () => {
  const core = (user: number, idle: number) => ({
    model: '',
    speed: 0,
    times: { user, nice: 0, sys: 0, irq: 0, idle },
  });
  const states = [[core(0, 0), core(0, 0)], [core(30, 70), core(10, 90)], [core(40, 80)]];
  const probe = createPortableCpuProbe(() => states.shift() ?? [core(50, 110)]);
  const reading = (value: number) => [{ metric: 'cpu', value }];
  expect([0, 1, 2, 3].map((second) => probe.collect(second * 1000))).toEqual([
    [],
    reading(20),
    [],
    reading(25),
  ]);
});

test('Windows has no load average, whatever Node says', () => {
  expect(createPortableLoadProbe('win32', () => [0, 0, 0]).collect(0)).toEqual([]);
  expect(createPortableLoadProbe('darwin', () => [1.5, 0, 0]).collect(0)).toEqual([
    { metric: 'load1', value: 1.5 },
  ]);
});

test('a library that cannot be loaded fails its probes with the fix, and no other', async () => {
  const loadSystemInformation = () => Promise.reject(new Error('gone'));
  const probes = createProbes({ platform: 'darwin', loadSystemInformation });
  const runner = createProbeRunner(probes, { monotonicMs: () => 0 });
  const readings = await runner.collect(0);
  expect(readings.map(({ metric }) => metric)).toEqual(['load1']);
  const failed = runner.runs().filter(({ outcome }) => outcome === 'failed');
  expect(failed.map(({ probe }) => probe)).toEqual(['memory', 'network', 'storage']);
});

test('the real library answers, on this machine as on any other', async () => {
  const probes = createProbes({ platform: 'freebsd' });
  const runner = createProbeRunner(probes, { monotonicMs: () => 0, patienceMs: 20_000 });
  const readings = await runner.collect(0);
  expect(runner.runs().filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  const names = readings.map(({ metric }) => metric);
  expect(names).toEqual(expect.arrayContaining(['memory', 'storage', 'load1']));
});

test('an amount is a finite number of nothing or more', () => {
  expect([0, 1.5].every(isAmount)).toBe(true);
  expect([null, undefined, -1, Number.NaN, Number.POSITIVE_INFINITY].some(isAmount)).toBe(false);
});
