import { describe, expect, test } from 'vitest';
import { cgroupPath, findCpuLimit, findMemoryLimit } from '../../../node/probes/support/cgroup.ts';
import { createMachine } from '../machine.ts';

const GIB = 2 ** 30;
const VERSION_2 = '26 25 0:27 / /sys/fs/cgroup ro - cgroup2 cgroup rw,nsdelegate\n';
const POD = 'sys/fs/cgroup/kubepods.slice/pod7';

describe("a pod that sees its host's whole tree", () => {
  function createPod() {
    const machine = createMachine();
    machine.write('proc/self/mountinfo', VERSION_2);
    machine.write('proc/1/cgroup', '0::/kubepods.slice/pod7/box\n');
    machine.write(`${POD}/memory.max`, `${GIB}\n`);
    machine.write(`${POD}/box/memory.max`, `${2 * GIB}\n`);
    machine.write(`${POD}/cpu.max`, 'max 100000\n');
    machine.write(`${POD}/box/cpu.max`, '50000 100000\n');
    machine.write(`${POD}/box/cpu.stat`, 'usage_usec 1\n');
    return machine;
  }

  test('the tightest limit on the way up counts, with the usage of its own level', () => {
    const { roots } = createPod();
    const limit = findMemoryLimit(roots, 8 * GIB);
    expect(limit).toMatchObject({ limitBytes: GIB, version: 2 });
    expect(limit?.usagePath).toMatch(/pod7\/memory.current$/);
    expect(findCpuLimit(roots)).toMatchObject({ cores: 0.5 });
  });

  test('a limit at or above the memory of the machine is none', () => {
    expect(findMemoryLimit(createPod().roots, GIB)).toBeUndefined();
  });

  test('a quota whose usage is not shown cannot be measured and counts as none', () => {
    const machine = createPod();
    machine.remove(`${POD}/box/cpu.stat`);
    expect(findCpuLimit(machine.roots)).toBeUndefined();
  });
});

describe('no limit is found', () => {
  test('on a host, though the service of this node has one', () => {
    const { roots } = createMachine('debian-5.10-service');
    expect(findMemoryLimit(roots, 4 * GIB)).toBeUndefined();
    expect(findCpuLimit(roots)).toBeUndefined();
  });

  test('where no cgroups are mounted, or PID 1 is hidden', () => {
    expect(findCpuLimit(createMachine().roots)).toBeUndefined();
    const hidden = createMachine('debian-5.10-service');
    hidden.remove('proc/1');
    expect(findMemoryLimit(hidden.roots, 4 * GIB)).toBeUndefined();
  });

  test("when PID 1 is the host's and lies outside of the container's namespace", () => {
    const machine = createMachine();
    machine.write('proc/self/mountinfo', VERSION_2);
    machine.write('proc/1/cgroup', '0::/../../init.scope\n');
    machine.write('sys/memory.max', '4096\n');
    expect(findMemoryLimit(machine.roots, 4 * GIB)).toBeUndefined();
  });
});

test('a path is read from where the mount begins', () => {
  const machine = createMachine();
  const mount = '3 1 0:2 /docker/id /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n';
  machine.write('proc/self/mountinfo', mount);
  machine.write('proc/1/cgroup', '8:memory:/docker/id/inner\n');
  machine.write('sys/fs/cgroup/memory/inner/memory.limit_in_bytes', '4096\n');
  expect(findMemoryLimit(machine.roots, GIB)).toMatchObject({ limitBytes: 4096, version: 1 });
});

test('version 1 with quota and usage mounted apart', () => {
  const machine = createMachine();
  const mount = (name: string) =>
    `3 1 0:2 / /sys/fs/cgroup/${name} rw - cgroup cgroup rw,${name}\n`;
  machine.write('proc/self/mountinfo', mount('cpu') + mount('cpuacct'));
  machine.write('proc/1/cgroup', '2:cpuacct:/box\n1:cpu:/box\n0::/\n');
  machine.write('sys/fs/cgroup/cpu/box/cpu.cfs_quota_us', '25000\n');
  machine.write('sys/fs/cgroup/cpu/box/cpu.cfs_period_us', '100000\n');
  machine.write('sys/fs/cgroup/cpuacct/box/cpuacct.usage', '1\n');
  const limit = findCpuLimit(machine.roots);
  expect(limit).toMatchObject({ cores: 0.25, version: 1 });
  expect(limit?.usagePath).toMatch(/cpuacct\/box\/cpuacct.usage$/);
});

test('a path may contain colons', () => {
  expect(cgroupPath('0::/a:b/c\n', '')).toBe('/a:b/c');
  expect(cgroupPath('4:cpu,cpuacct:/x\n', 'cpuacct')).toBe('/x');
  expect(cgroupPath('4:cpuset:/x\n', 'cpu')).toBe('');
});
