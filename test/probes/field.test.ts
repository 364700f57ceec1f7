// What machines in the field show of themselves, on which monitors were seen to be silent, or to
// tell something else than the truth; made anew as texts and read by the probes of the product.

import { expect, test } from 'vitest';
import type { ProbeRun } from '../../node/ports.ts';
import { createProbes, type ProbeOptions } from '../../node/probes/index.ts';
import { createProbeRunner } from '../../node/probes/runner.ts';
import type { FileSystemStats } from '../../node/probes/support/file-systems/statfs.ts';
import { createMachine, type Machine, mountTable, recordedStats } from './machine.ts';

/** All probes over a machine's texts, sampled when the test says so. */
function sampler(machine: Machine, options: Partial<ProbeOptions> = {}) {
  const { stat: statFileSystem } = recordedStats({ '/': 95 });
  const all = { platform: 'linux', roots: machine.roots, statFileSystem, ...options };
  const runner = createProbeRunner(createProbes(all), { monotonicMs: () => 0 });
  return async (nowMs: number) => {
    const readings = await runner.collect(nowMs);
    const values = Object.fromEntries(readings.map(({ metric, value }) => [metric, value]));
    return { values, problems: runner.runs().flatMap(problemsOf) };
  };
}

const problemsOf = ({ problem, remarks = [] }: ProbeRun): string[] => [
  ...(problem === undefined ? [] : [problem]),
  ...remarks,
];

/** One line of /proc/net/dev for each interface: what it received. */
const traffic = (received: Readonly<Record<string, number>>): string =>
  [
    'Inter-|   Receive  |  Transmit\n face |bytes packets|bytes packets\n',
    ...Object.entries(received).map(([name, bytes]) => `${name}: ${bytes} ${'0 '.repeat(15)}\n`),
  ].join('');

const statLine = (name: string, ...ticks: number[]): string => `${name} ${ticks.join(' ')}\n`;

test("a hidden PID 1 costs neither CPU nor memory: both are the machine's", async () => {
  const machine = createMachine('debian-5.10-service');
  machine.close('proc/1/cgroup');
  const { stat } = recordedStats({ '/': 95, '/boot/efi': 95 });
  const sample = sampler(machine, { statFileSystem: stat });
  await sample(0);
  machine.passPeriod();
  const { values, problems } = await sample(10_000);
  expect(values).toMatchObject({ cpu: 0, memory: 25 });
  expect(problems).toEqual([]);
});

test('a mount table that is closed costs storage alone, and limits are unknown', async () => {
  const machine = createMachine('docker-cgroup-v2');
  machine.close('proc/self/mountinfo');
  const sample = sampler(machine);
  await sample(0);
  machine.passPeriod();
  const { values, problems } = await sample(10_000);
  expect(values.cpu).toBeCloseTo(62.5, 2);
  expect(values.memory).toBeCloseTo(14.8, 1);
  expect(values).not.toHaveProperty('storage');
  expect(problems).toContainEqual(
    expect.stringMatching(/limited here is not known, for .*mountinfo/),
  );
});

test('a mount table of more than 4 MiB is read for its disks and its limits', async () => {
  const machine = createMachine('docker-cgroup-v2');
  const layer = '0123456789abcdef'.repeat(4);
  const containers = Array.from({ length: 19_000 }, (_, index) => ({
    ...{ path: `/var/lib/docker/overlay2/${layer}${index}/merged`, type: 'overlay' },
    ...{ device: `0:${index + 100}`, options: `rw,lowerdir=/var/lib/docker/overlay2/l/${layer}` },
  }));
  const cgroup = { path: '/sys/fs/cgroup', device: '0:27', type: 'cgroup2', options: 'rw' };
  const text = mountTable({ path: '/' }, cgroup, ...containers, { path: '/data', device: '8:17' });
  expect(text.length).toBeGreaterThan(4 * 1024 * 1024);
  machine.write('proc/self/mountinfo', text);
  const { stat, asked } = recordedStats({ '/': 95, '/data': 475 });
  const sample = sampler(machine, { statFileSystem: stat });
  await sample(0);
  machine.passPeriod();
  const { values, problems } = await sample(10_000);
  expect(values).toMatchObject({ cpu: 25, memory: 50, storage: 50 });
  expect(problems).toEqual([]);
  expect(new Set(asked)).toEqual(new Set(['/', '/data']));
});

test('a full disk below a closed folder is named, for its value cannot be had', async () => {
  const machine = createMachine();
  const disk = { path: '/srv/private/disk', device: '7:0' };
  machine.write('proc/self/mountinfo', mountTable({ path: '/' }, disk));
  const used = { '/': 235 };
  const { stat } = recordedStats(used);
  const closed: NodeJS.ErrnoException = Object.assign(new Error('closed'), { code: 'EACCES' });
  const sample = sampler(machine, {
    statFileSystem: (path, done) =>
      path.startsWith('/srv/private/')
        ? done(closed, { blocks: 0, bfree: 0, bavail: 0 })
        : stat(path, done),
  });
  const { problems } = await sample(0);
  expect(problems).toEqual([
    '/srv/private/disk cannot be asked (EACCES); let the user that runs this node pass the ' +
      'folders above it (setfacl -m u:USER:x FOLDER)',
  ]);
});

test.each(['/closed', '/gone//deleted'])(
  'a disk whose first mount, %s, leads nowhere is asked by its second',
  async (path) => {
    const machine = createMachine();
    const share = { path: '/share', device: '8:17', root: '/share' };
    const mounts = [{ path: '/' }, { path, device: '8:17' }, share];
    machine.write('proc/self/mountinfo', mountTable(...mounts));
    const { stat } = recordedStats({ '/': 95, '/share': 902.5 });
    const sample = sampler(machine, { statFileSystem: stat });
    expect(await sample(0)).toEqual({ values: { storage: 95 }, problems: [] });
  },
);

test('a disk of the host that is not propagated is named, not taken for its root', async () => {
  const machine = createMachine();
  const disk = { path: '/data', device: '8:17' };
  machine.write('proc/1/mountinfo', mountTable({ path: '/' }, disk));
  const { stat } = recordedStats({ '/host/': 95, '/host/data': 95 });
  let isPropagated = false;
  const sample = sampler(machine, {
    roots: { ...machine.roots, files: '/host', process: '1' },
    statFileSystem: stat,
    statDevice: (path, done) => done(null, path === '/host/data' && isPropagated ? '8:17' : '8:1'),
  });
  expect(await sample(0)).toEqual({
    values: { storage: 10 },
    problems: [
      '/data is not seen below /host, where another file system lies; mount /host with ' +
        'propagation (docker run -v /:/host:ro,rslave)',
    ],
  });
  isPropagated = true;
  expect((await sample(30_000)).problems).toEqual([]);
});

test('an interface whose master counts its bytes as well is not counted twice', async () => {
  const machine = createMachine();
  for (const name of ['eth0', 'enP1s1']) machine.write(`sys/class/net/${name}/device/uevent`, '');
  machine.link('sys/class/net/enP1s1/master', '../eth0');
  const sample = sampler(machine);
  machine.write('proc/net/dev', traffic({ lo: 0, eth0: 0, enP1s1: 0 }));
  await sample(0);
  machine.write('proc/net/dev', traffic({ lo: 5, eth0: 1_000_000, enP1s1: 1_000_000 }));
  expect((await sample(1_000)).values).toEqual({ network: 1_000_000 });
});

test.each(['tap0', 'tun0', 'wg0'])(
  'where %s is the only way out, its traffic is the network',
  async (name) => {
    const machine = createMachine();
    const sample = sampler(machine);
    machine.write('proc/net/dev', traffic({ lo: 0, [name]: 0 }));
    await sample(0);
    machine.write('proc/net/dev', traffic({ lo: 1_000, [name]: 250 }));
    expect((await sample(1_000)).values).toEqual({ network: 250 });
  },
);

test.each([
  ['busy CPUs of a set of 2 of 64', '0-1', 'max 100000', 100, 0, 100],
  ['idle CPUs of a set of 2 of 64, while all others are busy', '0-1', 'max 100000', 0, 100, 0],
  ['a full set of 2 with a quota of 4', '0-1', '400000 100000', 100, 0, 100],
])('%s', async (_, cpus, quota, busy, otherBusy, expected) => {
  const machine = createMachine();
  const stat = (seconds: number): string => {
    const line = (name: string, share: number) =>
      statLine(name, share * seconds, 0, 0, (100 - share) * seconds, 0, 0, 0, 0);
    const cores = Array.from({ length: 64 }, (__, cpu) =>
      line(`cpu${cpu}`, cpu < 2 ? busy : otherBusy),
    );
    const sum = 2 * busy + 62 * otherBusy;
    return [statLine('cpu', sum * seconds, 0, 0, (6_400 - sum) * seconds), ...cores].join('');
  };
  machine.write('proc/self/mountinfo', '3 1 0:2 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n');
  machine.write('proc/1/cgroup', '0::/\n');
  machine.write('sys/fs/cgroup/cpu.max', `${quota}\n`);
  machine.write('sys/fs/cgroup/cpuset.cpus.effective', `${cpus}\n`);
  machine.write('sys/fs/cgroup/cpu.stat', 'usage_usec 0\n');
  machine.write('proc/stat', stat(0));
  const sample = sampler(machine);
  await sample(0);
  machine.write('proc/stat', stat(1));
  machine.write('sys/fs/cgroup/cpu.stat', `usage_usec ${busy * 20_000}\n`);
  expect((await sample(1_000)).values).toEqual({ cpu: expected });
});

test('stolen time that falls each second is left out, and told after a while', async () => {
  const machine = createMachine();
  const sample = sampler(machine);
  const seconds: Awaited<ReturnType<typeof sample>>[] = [];
  for (let second = 0; second < 8; second++) {
    const steal = 1e12 - 832_457_433 * second;
    const times = [1_000 + 30 * second, 0, 0, 9_000 + 70 * second, 0, 0, 0, steal];
    machine.write('proc/stat', statLine('cpu ', ...times));
    seconds.push(await sample(second * 1_000));
  }
  const [, ...later] = seconds;
  expect(later.map(({ values }) => values)).toEqual(Array(7).fill({ cpu: 30 }));
  expect(later[0]?.problems).toEqual([]);
  expect(later.at(-1)?.problems).toEqual([
    expect.stringMatching(/^the counter steal in .*\/proc\/stat falls again and again/),
  ]);
});

test('an interface whose bytes fall each second is left out, and told after a while', async () => {
  const machine = createMachine();
  const sample = sampler(machine);
  let last: Awaited<ReturnType<typeof sample>> | undefined;
  for (let second = 0; second < 8; second++) {
    const bytes = { eth0: 100 * second, eth1: 1e12 - 1_000_000 * second };
    machine.write('proc/net/dev', traffic(bytes));
    last = await sample(second * 1_000);
  }
  expect(last?.values).toEqual({ network: 100 });
  expect(last?.problems).toEqual([
    'the byte counters of eth1 fall again and again, and it is left out; update its driver',
  ]);
});

test('20 ZFS file systems of one pool are as full as the pool', async () => {
  const machine = createMachine();
  const sets = Array.from({ length: 20 }, (_, index) => ({
    ...{ path: `/tank/set${index}`, device: `0:${40 + index}`, type: 'zfs' },
    source: `tank/set${index}`,
  }));
  machine.write('proc/self/mountinfo', mountTable(...sets));
  const stats: FileSystemStats = { blocks: 107, bfree: 60, bavail: 60 };
  const sample = sampler(machine, { statFileSystem: (_, done) => done(null, stats) });
  expect((await sample(0)).values).toEqual({ storage: 94 });
});

test('what the cache of ZFS can give back is available', async () => {
  const machine = createMachine();
  const lines = ['MemTotal: 1000000 kB', 'MemFree: 50000 kB', 'MemAvailable: 100000 kB'];
  machine.write('proc/meminfo', `${lines.join('\n')}\n`);
  const size = 550_000 * 1024;
  const arc = `c_min 4 ${58_000 * 1024}\nc_max 4 ${size}\nsize 4 ${size}\n`;
  machine.write('proc/spl/kstat/zfs/arcstats', `9 1 0x01 147 39984 1 2\nname type data\n${arc}`);
  const { values } = await sampler(machine)(0);
  expect(values.memory).toBeCloseTo(40.8, 6);
});

test('a file system that an error turned read-only keeps its value, and is named', async () => {
  const machine = createMachine();
  const disk = { path: '/data', device: '8:17', own: 'rw' };
  machine.write('proc/self/mountinfo', mountTable({ path: '/' }, disk));
  const { stat } = recordedStats({ '/': 95, '/data': 921.5 });
  const sample = sampler(machine, { statFileSystem: stat });
  expect((await sample(0)).values).toEqual({ storage: 97 });
  const told = [
    '/data was mounted for writing and is read-only now, as after an error; look into ' +
      'the log of the kernel (dmesg) and check its disk',
  ];
  machine.write('proc/self/mountinfo', mountTable({ path: '/' }, { ...disk, options: 'ro' }));
  expect(await sample(30_000)).toEqual({ values: { storage: 97 }, problems: told });
  // Newer kernels say so in another way.
  const stopped = { ...disk, options: 'rw,errors=remount-ro,emergency_ro' };
  machine.write('proc/self/mountinfo', mountTable({ path: '/' }, stopped));
  expect((await sample(60_000)).problems).toEqual(told);
  // A service of systemd sees the mount itself as read-only too.
  const service = { path: '/data', device: '8:17', options: 'ro' };
  machine.write('proc/self/mountinfo', mountTable({ path: '/' }, service));
  expect(await sample(90_000)).toEqual({ values: { storage: 97 }, problems: told });
  // One that starts only now knows by the errors that ext4 counted.
  machine.link('sys/dev/block/8:17', '../../devices/sdb1');
  const again = sampler(machine, { statFileSystem: stat });
  expect(await again(0)).toEqual({ values: { storage: 10 }, problems: [] });
  machine.write('sys/fs/ext4/sdb1/errors_count', '3\n');
  expect(await again(30_000)).toEqual({ values: { storage: 97 }, problems: told });
});
