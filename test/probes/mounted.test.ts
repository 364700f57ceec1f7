import { describe, expect, test } from 'vitest';
import { openMachine } from '../../node/host/process/measuring.ts';
import { mountedRoots } from '../../node/probes/index.ts';
import { createNetworkProbe } from '../../node/probes/linux/network.ts';
import { createStorageProbe } from '../../node/probes/linux/storage.ts';
import { createMachine, recordedStats } from './machine.ts';

const mount = (path: string, device: string): string =>
  `1 1 ${device} / ${path} rw,relatime shared:1 - ext4 /dev/x rw\n`;

const traffic = (received: number): string =>
  `Inter-| Receive | Transmit\n face |bytes\n  eth0: ${received} ${'0 '.repeat(15)}\n`;

/** The folder that a container has the machine mounted at. */
const rootOf = (machine: ReturnType<typeof createMachine>): string =>
  machine.roots.proc.replace(/\/proc$/, '');

describe('a machine that is mounted into a container', () => {
  test('is asked for its own file systems, where they are mounted', async () => {
    const machine = createMachine();
    machine.write('proc/self/mountinfo', mount('/', '0:40'));
    machine.write('proc/1/mountinfo', mount('/', '8:1') + mount('/home', '8:2'));
    const root = rootOf(machine);
    const { stat, asked } = recordedStats({ [`${root}/`]: 100, [`${root}/home`]: 475 });
    const probe = createStorageProbe({ roots: mountedRoots(root), statFileSystem: stat });
    expect(await probe.collect(0)).toEqual([{ metric: 'storage', value: 50 }]);
    expect(asked).toEqual([`${root}/`, `${root}/home`]);
  });

  test('is asked for its own interfaces, not for those of the container', async () => {
    const machine = createMachine();
    machine.write('proc/net/dev', traffic(0));
    machine.write('proc/1/net/dev', traffic(1_000));
    const probe = createNetworkProbe(mountedRoots(rootOf(machine)));
    await probe.collect(0);
    machine.write('proc/1/net/dev', traffic(4_000));
    expect(await probe.collect(1_000)).toEqual([{ metric: 'network', value: 3_000 }]);
  });

  test('is reported at the start when it is not there, with the way to mount it', async () => {
    await expect(openMachine({ disabled: [], hostRoot: '/nowhere' })).rejects.toThrow(
      'host_root is /nowhere, but /nowhere/proc is not the /proc of a machine; mount the ' +
        "machine's root folder at /nowhere (docker run -v /:/nowhere:ro,rslave), or leave the " +
        'setting out.',
    );
  });

  test('is reported at the start when it hides its processes, with the file', async () => {
    const machine = createMachine();
    machine.close('proc/1/mountinfo');
    const opening = openMachine({ disabled: [], hostRoot: rootOf(machine) });
    await expect(opening).rejects.toThrow(
      /^host_root: .*\/proc\/1\/mountinfo cannot be read \(EISDIR\); look into the log/,
    );
  });
});
