// What the probes read on recorded machines: two samples, ten seconds apart.

import { describe, expect, test } from 'vitest';
import { createProbes } from '../../node/probes/index.ts';
import { createProbeRunner } from '../../node/probes/runner.ts';
import { createMachine, recordedStats } from './machine.ts';

const PERIOD_MS = 10_000;

interface Expectation {
  readonly machine: string;
  readonly what: string;
  /** Blocks used of 1,000; only these may be asked. */
  readonly fileSystems: Readonly<Record<string, number>>;
  readonly second: Readonly<Record<string, number>>;
  readonly noData: readonly string[];
}

const MACHINES: readonly Expectation[] = [
  {
    machine: 'centos-2.6.32',
    what: 'estimates available memory, and leaves an NFS home alone',
    fileSystems: { '/': 475, '/boot': 190 },
    second: { cpu: 20.5, memory: 27.265, swap: 12.5, network: 600_000, storage: 50, load1: 1.37 },
    noData: [],
  },
  {
    machine: 'debian-4.19-docker-host',
    what: 'counts a bond once, and no bridge, overlay, image, bind mount or remote disk',
    fileSystems: { '/': 190, '/srv': 380, '/media/My USB stick': 855 },
    second: { cpu: 25, memory: 25, network: 20_000, storage: 90, load1: 12.04 },
    noData: ['swap'],
  },
  {
    machine: 'debian-5.10-service',
    what: "tells the machine's use, though this node's own service is limited",
    fileSystems: { '/': 95, '/boot/efi': 19 },
    second: { cpu: 0, memory: 25, swap: 0, network: 0, storage: 10, load1: 0 },
    noData: [],
  },
  {
    machine: 'fedora-6.12',
    what: 'reads two btrfs subvolumes as one, and takes a shrinking iowait as none',
    fileSystems: { '/': 570, '/boot': 285, '/boot/efi': 19 },
    second: { cpu: 75, memory: 50, swap: 25, network: 3_000, storage: 60, load1: 3.2 },
    noData: [],
  },
  {
    machine: 'docker-cgroup-v1',
    what: 'is measured against its limits of 1.5 cores and 512 MiB',
    fileSystems: { '/': 380, '/etc/hosts': 380, '/data': 665 },
    second: { cpu: 40, memory: 25, swap: 50, network: 2_000, storage: 70, load1: 0.52 },
    noData: [],
  },
  {
    machine: 'docker-cgroup-v2',
    what: 'is measured against its limits of 2 cores and 1 GiB',
    fileSystems: { '/': 380, '/etc/hosts': 380 },
    second: { cpu: 25, memory: 50, network: 10_000, storage: 40, load1: 1 },
    noData: ['swap'],
  },
  {
    machine: 'lxc-5.15',
    what: 'trusts lxcfs, counts zfs, and tells no rate when a 32-bit counter wraps',
    fileSystems: { '/': 285 },
    second: { cpu: 100, memory: 25, swap: 75, storage: 30, load1: 0.12 },
    noData: ['network'],
  },
  {
    machine: 'proxmox-6.8-zfs',
    what: 'takes the cache of ZFS for available, and its file systems for one pool',
    fileSystems: {
      ...{ '/': 190, '/rpool': 0, '/rpool/data': 0 },
      ...{ '/rpool/data/subvol-101-disk-0': 285, '/rpool/archive': 475 },
    },
    second: { cpu: 30, memory: 40, network: 10_000, storage: 50, load1: 0.62 },
    noData: ['swap'],
  },
  {
    machine: 'alpine-6.6-diskless',
    what: 'counts a root that lies in memory, and has no swap',
    fileSystems: { '/': 95 },
    second: { cpu: 7.5, memory: 25, network: 0, storage: 10, load1: 0 },
    noData: ['swap'],
  },
  {
    machine: 'raspberry-pi-6.1',
    what: 'takes waiting for its card as idle',
    fileSystems: { '/': 760, '/boot': 190 },
    second: { cpu: 62.5, memory: 60, swap: 100, network: 200, storage: 80, load1: 4.25 },
    noData: [],
  },
];

describe.each(MACHINES)('$machine', ({ machine: name, what, fileSystems, second, noData }) => {
  test(what, async () => {
    const machine = createMachine(name);
    const { stat, asked } = recordedStats(fileSystems);
    const probes = createProbes({ platform: 'linux', roots: machine.roots, statFileSystem: stat });
    const runner = createProbeRunner(probes, { monotonicMs: () => 0 });

    const first = await runner.collect(5_000);
    machine.passPeriod();
    const readings = await runner.collect(5_000 + PERIOD_MS);

    expect(first.map(({ metric }) => metric)).not.toContain('cpu');
    expect(first.map(({ metric }) => metric)).not.toContain('network');
    const values = Object.fromEntries(readings.map(({ metric, value }) => [metric, value]));
    expect(Object.keys(values).sort()).toEqual(Object.keys(second).sort());
    for (const [metric, value] of Object.entries(second)) {
      expect(values[metric], metric).toBeCloseTo(value, 2);
    }
    expect([...new Set(asked)].sort()).toEqual(Object.keys(fileSystems).sort());
    const runs = runner.runs();
    expect(runs.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    const withoutData = runs.filter(({ outcome }) => outcome === 'no_data');
    expect(withoutData.map(({ probe }) => probe)).toEqual(noData);
  });
});
