// Files that a kernel should offer whole: cut, empty, garbled, absent or unreadable.

import { describe, expect, test } from 'vitest';
import { createProbes } from '../../node/probes/index.ts';
import { createProbeRunner } from '../../node/probes/runner.ts';
import { createMachine, type Machine, recordedStats } from './machine.ts';

const FILES: Readonly<Record<string, string>> = {
  cpu: 'proc/stat',
  memory: 'proc/meminfo',
  swap: 'proc/meminfo',
  network: 'proc/net/dev',
  storage: 'proc/self/mountinfo',
  load: 'proc/loadavg',
};

const STATS = recordedStats({ '/': 100, '/boot': 100, '/etc/hosts': 100, '/data': 100 }).stat;

/** Samples a sound machine, and again when 30 s have passed and `spoil` did its work. */
async function runOn(name: string, spoil: (machine: Machine) => void) {
  const machine = createMachine(name);
  const { roots } = machine;
  const probes = createProbes({ platform: 'linux', roots, statFileSystem: STATS });
  const runner = createProbeRunner(probes, { monotonicMs: () => 0 });
  await runner.collect(0);
  machine.passPeriod();
  spoil(machine);
  const readings = await runner.collect(30_000);
  return { readings, runs: new Map(runner.runs().map((run) => [run.probe, run])) };
}

const TEXTS: readonly (readonly [string, string])[] = [
  ['empty', ''],
  ['garbled', '\u0000\ufffd%%%% nonsense\n- - -\n'],
  ['binary', String.fromCharCode(...Array.from({ length: 512 }, (_, index) => index % 256))],
];

describe.each(Object.entries(FILES))('%s with a bad %s', (probe, file) => {
  test.each(TEXTS)('%s: fails with a sentence that names the file', async (_, text) => {
    const { runs } = await runOn('raspberry-pi-6.1', (machine) => machine.write(file, text));
    expect(runs.get(probe)?.outcome).toBe('failed');
    expect(runs.get(probe)?.problem).toContain(`/${file} is not understood: expected`);
  });

  test('absent: the kernel does not offer it, so there is no data and no failure', async () => {
    const { runs, readings } = await runOn('raspberry-pi-6.1', (machine) => machine.remove(file));
    expect(runs.get(probe)).toMatchObject({ outcome: 'no_data' });
    expect(readings.length).toBeGreaterThan(2);
  });

  test('unreadable: fails with a sentence that says why', async () => {
    // A directory in its place is refused by every kernel, and to root too.
    const { runs, readings } = await runOn('raspberry-pi-6.1', (machine) => {
      machine.remove(file);
      machine.write(`${file}/in-the-way`, '');
    });
    expect(runs.get(probe)).toMatchObject({ outcome: 'failed' });
    expect(runs.get(probe)?.problem).toMatch(/cannot be read \(EISDIR\); look into the log/);
    expect(readings.length).toBeGreaterThan(2);
  });
});

describe('a text cut in the middle of a number is no smaller number', () => {
  test.each([
    ['cpu', 'proc/stat', 'cpu  2331221 1233 8123'],
    ['memory', 'proc/meminfo', 'MemTotal:        3885000 kB\nMemFree:          2123'],
    ['memory', 'proc/meminfo', 'MemTotal:        3885000 kB\n'],
    ['swap', 'proc/meminfo', 'MemTotal: 3885000 kB\nSwapTotal:  102396 kB\nSwapFree:   10'],
    ['network', 'proc/net/dev', 'Inter-|   Receive\n face |bytes\n  eth0: 100 1 0 0 0 0 0 0 2'],
    ['network', 'proc/net/dev', `Inter-|\n face |\n  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 1`],
    ['load', 'proc/loadavg', '4.25 3.'],
    ['load', 'proc/loadavg', '4.25 3.80 3.11 6/'],
    ['storage', 'proc/self/mountinfo', '21 1 179:2 / / rw,noatime shared:1 - ext4'],
  ])('%s: %s', async (probe, file, text) => {
    const { runs } = await runOn('raspberry-pi-6.1', (machine) => machine.write(file, text));
    expect(runs.get(probe)?.outcome).toBe('failed');
  });
});

describe("a container's cgroup files", () => {
  test.each([
    ['docker-cgroup-v1', 'cpu', 'sys/fs/cgroup/cpu,cpuacct/cpuacct.usage', 'cpuacct.usage'],
    ['docker-cgroup-v2', 'cpu', 'sys/fs/cgroup/cpu.stat', 'cpu.stat'],
    ['docker-cgroup-v1', 'memory', 'sys/fs/cgroup/memory/memory.stat', 'memory.stat'],
    ['docker-cgroup-v2', 'memory', 'sys/fs/cgroup/memory.current', 'memory usage'],
  ])('%s: a garbled %s file fails by name', async (name, probe, file, named) => {
    const { runs } = await runOn(name, (machine) => machine.write(file, '?'));
    expect(runs.get(probe)?.outcome).toBe('failed');
    expect(runs.get(probe)?.problem).toContain(`the cgroup's ${named} is not understood`);
  });

  test('a limit that cannot be understood counts as none: the machine is measured', async () => {
    const machine = createMachine('docker-cgroup-v2');
    machine.write('sys/fs/cgroup/memory.max', 'often\n');
    machine.write('sys/fs/cgroup/cpu.max', '200000\n');
    const probes = createProbes({ platform: 'linux', roots: machine.roots, statFileSystem: STATS });
    const runner = createProbeRunner(probes, { monotonicMs: () => 0 });
    await runner.collect(0);
    machine.passPeriod();
    const readings = await runner.collect(10_000);
    const valueFor = (name: string) => readings.find(({ metric }) => metric === name)?.value;
    expect(valueFor('cpu')).toBeCloseTo(62.5, 2);
    expect(valueFor('memory')).toBeCloseTo(14.8, 1);
  });
});
