import { describe, expect, test } from 'vitest';
import {
  cgroupPath,
  findCpuLimits,
  findCpuset,
  findMemoryLimit,
  parseCpuset,
} from '../../../node/probes/support/cgroup.ts';
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
    expect(findCpuLimits(roots).measured).toMatchObject({ cores: 0.5 });
  });

  test('a limit at or above the memory of the machine is none', () => {
    expect(findMemoryLimit(createPod().roots, GIB)).toBeUndefined();
  });

  test('a quota whose usage is not shown cannot be measured and counts as none', () => {
    const machine = createPod();
    machine.remove(`${POD}/box/cpu.stat`);
    const unmeasured = { cores: 0.5, lacks: 'cpu.stat' };
    expect(findCpuLimits(machine.roots)).toMatchObject({ measured: undefined, unmeasured });
  });
});

describe('no limit is found', () => {
  test('on a host, though the service of this node has one', () => {
    const { roots } = createMachine('debian-5.10-service');
    expect(findMemoryLimit(roots, 4 * GIB)).toBeUndefined();
    expect(findCpuLimits(roots)).toEqual({});
  });

  test('where no cgroups are mounted, or PID 1 is hidden', () => {
    expect(findCpuLimits(createMachine().roots)).toEqual({});
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

describe('version 1 with quota and usage mounted apart', () => {
  /** A quota of a quarter on /pod/box, and one of two CPUs on /pod. */
  function createSplit(usageAt: string, usageRoot = '/') {
    const machine = createMachine();
    const mount = (name: string, root = '/') =>
      `3 1 0:2 ${root} /sys/fs/cgroup/${name} rw - cgroup cgroup rw,${name}\n`;
    machine.write('proc/self/mountinfo', mount('cpu') + mount('cpuacct', usageRoot));
    machine.write('proc/1/cgroup', `2:cpuacct:${usageAt}\n1:cpu:/pod/box\n0::/\n`);
    for (const [path, quota] of [
      ['pod', 200_000],
      ['pod/box', 25_000],
    ]) {
      machine.write(`sys/fs/cgroup/cpu/${path}/cpu.cfs_quota_us`, `${quota}\n`);
      machine.write(`sys/fs/cgroup/cpu/${path}/cpu.cfs_period_us`, '100000\n');
    }
    for (const path of ['', 'pod/', 'pod/box/', 'box/']) {
      machine.write(`sys/fs/cgroup/cpuacct/${path}cpuacct.usage`, '1\n');
    }
    return machine;
  }

  test('they are of one group where PID 1 is in the same of both', () => {
    const { measured, unmeasured } = findCpuLimits(createSplit('/pod/box').roots);
    expect(measured).toMatchObject({ cores: 0.25, version: 1 });
    expect(measured?.usagePath).toMatch(/cpuacct\/pod\/box\/cpuacct.usage$/);
    expect(unmeasured).toBeUndefined();
  });

  test('also where one hierarchy is seen from its root, the other from the container on', () => {
    const { measured } = findCpuLimits(createSplit('/pod/box', '/pod').roots);
    expect(measured?.cores).toBe(0.25);
    expect(measured?.usagePath).toMatch(/cpuacct\/box\/cpuacct.usage$/);
  });

  test('a usage of another group is not held against a quota, and the quota is told', () => {
    const { measured, unmeasured } = findCpuLimits(createSplit('/pod').roots);
    expect(measured?.cores).toBe(2);
    expect(measured?.usagePath).toMatch(/cpuacct\/pod\/cpuacct.usage$/);
    expect(unmeasured).toMatchObject({ cores: 0.25, lacks: 'cpuacct.usage' });
    expect(unmeasured?.directory).toMatch(/cpu\/pod\/box$/);
    expect(findCpuLimits(createSplit('/other/box').roots).measured).toBeUndefined();
  });
});

test('a path may contain colons', () => {
  expect(cgroupPath('0::/a:b/c\n', '')).toBe('/a:b/c');
  expect(cgroupPath('4:cpu,cpuacct:/x\n', 'cpuacct')).toBe('/x');
  expect(cgroupPath('4:cpuset:/x\n', 'cpu')).toBeUndefined();
});

describe('where PID 1 is hidden', () => {
  const CONTAINER = `docker-${'0123456789abcdef'.repeat(4)}.scope`;

  function createHidden(own: string, mounts = VERSION_2) {
    const machine = createMachine();
    machine.write('proc/self/mountinfo', mounts);
    machine.close('proc/1/cgroup');
    machine.write('proc/self/cgroup', own);
    return machine;
  }

  test("a limit on this node's own service is not taken for the machine's", () => {
    const machine = createHidden('0::/system.slice/priomon.service\n');
    machine.write('sys/fs/cgroup/system.slice/priomon.service/memory.max', '4096\n');
    expect(findMemoryLimit(machine.roots, GIB)).toBeUndefined();
  });

  test("the container's limit is found at the top of its own tree", () => {
    const machine = createHidden('0::/\n');
    machine.write('sys/fs/cgroup/memory.max', '4096\n');
    expect(findMemoryLimit(machine.roots, GIB)).toMatchObject({ limitBytes: 4096 });
  });

  test("and by the container's name in the host's tree, with a service in it left out", () => {
    const own = `/system.slice/${CONTAINER}`;
    const machine = createHidden(`0::${own}/system.slice/priomon.service\n`);
    machine.write(`sys/fs/cgroup${own}/memory.max`, '8192\n');
    machine.write(`sys/fs/cgroup${own}/system.slice/priomon.service/memory.max`, '4096\n');
    expect(findMemoryLimit(machine.roots, GIB)).toMatchObject({ limitBytes: 8192 });
  });

  test('version 1 is known by the cgroups of this process', () => {
    const mount = '3 1 0:2 /lxc/box /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n';
    const machine = createHidden('5:memory:/lxc/box/user.slice\n0::/\n', mount + VERSION_2);
    machine.write('sys/fs/cgroup/memory/memory.limit_in_bytes', '4096\n');
    machine.write('sys/fs/cgroup/memory.max', '1\n');
    expect(findMemoryLimit(machine.roots, GIB)).toMatchObject({ limitBytes: 4096, version: 1 });
  });
});

describe('the CPUs that PID 1 may run on', () => {
  test('are those of its own group, or of the nearest above that says so', () => {
    const machine = createMachine();
    machine.write('proc/self/mountinfo', VERSION_2);
    machine.write('proc/1/cgroup', '0::/pod/box\n');
    for (const path of ['', 'pod/', 'pod/box/']) {
      machine.write(`sys/fs/cgroup/${path}cgroup.type`, 'domain\n');
    }
    machine.write('sys/fs/cgroup/cpuset.cpus.effective', '0-7\n');
    machine.write('sys/fs/cgroup/pod/cpuset.cpus.effective', '2-3,6\n');
    expect(findCpuset(machine.roots)).toEqual(new Set([2, 3, 6]));
    machine.write('sys/fs/cgroup/pod/box/cpuset.cpus.effective', '6\n');
    expect(findCpuset(machine.roots)).toEqual(new Set([6]));
  });

  test('are not limited on a host, though some were set apart for a virtual machine', () => {
    const machine = createMachine();
    machine.write('proc/self/mountinfo', VERSION_2);
    machine.write('proc/1/cgroup', '0::/init.scope\n');
    machine.write('sys/fs/cgroup/cpuset.cpus.effective', '0-1\n');
    expect(findCpuset(machine.roots)).toBeUndefined();
  });

  test('stand in two files of version 1, of which the effective one wins', () => {
    const machine = createMachine();
    const mount = '3 1 0:2 /docker/id /sys/fs/cgroup/cpuset ro - cgroup cgroup rw,cpuset\n';
    machine.write('proc/self/mountinfo', mount);
    machine.write('proc/1/cgroup', '8:cpuset:/docker/id\n');
    machine.write('sys/fs/cgroup/cpuset/cpuset.cpus', '0-3\n');
    expect(findCpuset(machine.roots)).toEqual(new Set([0, 1, 2, 3]));
    machine.write('sys/fs/cgroup/cpuset/cpuset.effective_cpus', '1\n');
    expect(findCpuset(machine.roots)).toEqual(new Set([1]));
  });

  test('are a list of ranges; anything else is none', () => {
    expect(parseCpuset('0-1,4,8-9\n')).toEqual(new Set([0, 1, 4, 8, 9]));
    for (const text of ['', '\n', 'all', '0-', '0-99999999', '-1']) {
      expect(parseCpuset(text), text).toEqual(new Set());
    }
  });
});
