import { describe, expect, test } from 'vitest';
import {
  createCpuProbe,
  limitShare,
  parseCpuTimes,
  parseCpuUsage,
  sumCpuTimes,
} from '../../../node/probes/linux/cpu.ts';
import { cpuShare } from '../../../node/probes/support/cpu-times.ts';
import { createMachine } from '../machine.ts';

const line = (...ticks: number[]) => `cpu  ${ticks.join(' ')}\ncpu0 1 1 1 1\n`;
const share = (before: number[], after: number[]) =>
  cpuShare(parseCpuTimes(line(...before)), parseCpuTimes(line(...after)));

describe('% of all cores', () => {
  test('waiting for I/O is idle', () => {
    expect(share([0, 0, 0, 0, 0, 0, 0, 0], [10, 0, 0, 60, 30, 0, 0, 0])).toBe(10);
  });

  test('stolen time is busy', () => {
    expect(share([0, 0, 0, 0, 0, 0, 0, 0], [10, 0, 0, 60, 0, 0, 0, 30])).toBe(40);
  });

  test('guest time is within user and nice, and not counted again', () => {
    expect(share([0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [40, 10, 0, 50, 0, 0, 0, 0, 40, 10])).toBe(50);
  });

  test('a kernel with four columns only is read', () => {
    expect(share([0, 0, 0, 0], [20, 5, 0, 75])).toBe(25);
  });

  test('without a tick in between there is no share', () => {
    expect(share([1, 2, 3, 4], [1, 2, 3, 4])).toBeUndefined();
  });

  test.each([
    ['nice', 1],
    ['irq', 5],
    ['softirq', 6],
    ['steal', 7],
  ])('%s that falls is left out', (_, column) => {
    const before = [100, 100, 100, 100, 100, 100, 100, 100];
    const after = [130, 100, 110, 160, 100, 100, 100, 100].with(column, 1);
    expect(share(before, after)).toBe(40);
  });

  test.each([
    ['user', 0],
    ['system', 2],
    ['idle', 3],
  ])('%s that falls leaves no share, for without it the rest could be 0 or 100 %', (_, column) => {
    const before = [100, 100, 100, 100, 100, 100, 100, 100];
    const after = [130, 100, 110, 160, 100, 100, 100, 100].with(column, 1);
    expect(share(before, after)).toBeUndefined();
  });

  test('of some CPUs is the sum of their lines, and one that is offline has none', () => {
    const text = 'cpu  9 9 9 9\ncpu0 1 2 3 4\ncpu1 5 6 7 8\ncpu10 50 60 70 80\nintr 5\n';
    expect(sumCpuTimes(text, new Set([0, 10, 11]))).toEqual([51, 62, 73, 84]);
    expect(() => sumCpuTimes(text, new Set([2, 3]))).toThrow('a line for one of the CPUs 2,3');
    expect(() => sumCpuTimes('cpu0 1 2 x 4\n', new Set([0]))).toThrow('counters for each CPU');
    expect(() => sumCpuTimes('cpu0 1 2 3 4', new Set([0]))).toThrow('is not understood');
  });
});

test('after counters went back the next period counts from the new baseline', () => {
  const machine = createMachine();
  const probe = createCpuProbe(machine.roots);
  const samples = [
    [1000, 0, 0, 1000],
    [1050, 0, 0, 1050],
    [10, 0, 0, 10],
    [20, 0, 0, 40],
  ].map((ticks, second) => {
    machine.write('proc/stat', line(...ticks));
    return probe.collect(second * 1000);
  });
  const reading = (value: number) => [{ metric: 'cpu', value }];
  expect(samples).toEqual([[], reading(50), [], reading(25)]);
});

test('after a failed read the next good one is a new baseline', () => {
  const machine = createMachine();
  const probe = createCpuProbe(machine.roots);
  machine.write('proc/stat', line(0, 0, 0, 0));
  probe.collect(0);
  machine.write('proc/stat', 'cpu');
  expect(() => probe.collect(1000)).toThrow('/proc/stat is not understood');
  machine.write('proc/stat', line(50, 0, 0, 50));
  expect(probe.collect(2000)).toEqual([]);
});

describe('% of a limit', () => {
  test('is the CPU time used over what the limit allows in that time', () => {
    expect(limitShare({ atMs: 0, usedUs: 0 }, { atMs: 2000, usedUs: 500_000 }, 0.5)).toBe(50);
  });

  test('a burst above the quota counts as 100', () => {
    expect(limitShare({ atMs: 0, usedUs: 0 }, { atMs: 1000, usedUs: 600_000 }, 0.5)).toBe(100);
  });

  test('usage that goes back, or no time passed, is no reading', () => {
    const before = { atMs: 1000, usedUs: 500 };
    expect(limitShare(before, { atMs: 2000, usedUs: 499 }, 1)).toBeUndefined();
    expect(limitShare(before, { atMs: 1000, usedUs: 600 }, 1)).toBeUndefined();
  });

  test('version 1 counts nanoseconds, version 2 microseconds', () => {
    expect(parseCpuUsage('2500000\n', 1)).toBe(2500);
    expect(parseCpuUsage('usage_usec 2500\nuser_usec 7\n', 2)).toBe(2500);
  });

  test('a limit set while the node runs is found within 30 s and begins a new baseline', () => {
    const machine = createMachine('docker-cgroup-v2');
    const probe = createCpuProbe(machine.roots);
    machine.write('sys/fs/cgroup/cpu.max', 'max 100000\n');
    probe.collect(0);
    machine.passPeriod();
    expect(probe.collect(10_000)).toEqual([{ metric: 'cpu', value: 62.5 }]);
    machine.write('sys/fs/cgroup/cpu.max', '50000 100000\n');
    expect(probe.collect(30_000)).toEqual([]);
    machine.write('sys/fs/cgroup/cpu.stat', 'usage_usec 917831221\n');
    expect(probe.collect(35_000)).toEqual([{ metric: 'cpu', value: 20 }]);
  });

  test('a quota whose usage is not counted is told, and the whole is the machine', () => {
    const machine = createMachine('docker-cgroup-v2');
    const probe = createCpuProbe(machine.roots);
    machine.remove('sys/fs/cgroup/cpu.stat');
    probe.collect(0);
    machine.passPeriod();
    machine.remove('sys/fs/cgroup/cpu.stat');
    expect(probe.collect(10_000)).toEqual([{ metric: 'cpu', value: 62.5 }]);
    expect(probe.remarks?.()).toEqual([
      expect.stringMatching(
        /^the quota of 2 CPUs in .*\/cgroup is not heeded, for no cpu\.stat of the same group is/,
      ),
    ]);
    machine.write('sys/fs/cgroup/cpu.max', '1600000 100000\n');
    probe.collect(30_000);
    expect(probe.remarks?.()).toEqual([]);
  });

  test('a quota of as many cores as the machine has limits nothing', () => {
    const machine = createMachine('docker-cgroup-v2');
    machine.write('sys/fs/cgroup/cpu.max', '1600000 100000\n');
    const probe = createCpuProbe(machine.roots);
    probe.collect(0);
    machine.passPeriod();
    expect(probe.collect(10_000)).toEqual([{ metric: 'cpu', value: 62.5 }]);
  });
});
