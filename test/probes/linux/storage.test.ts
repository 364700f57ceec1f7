import { describe, expect, test } from 'vitest';
import { createStorageProbe } from '../../../node/probes/linux/storage.ts';
import type { StatFileSystem } from '../../../node/probes/support/file-systems/statfs.ts';
import { createMachine, type MountLine, mountTable, recordedStats, statsOf } from '../machine.ts';

function machineWith(...mounts: MountLine[]) {
  const machine = createMachine();
  machine.write('proc/self/mountinfo', mountTable(...mounts));
  return machine;
}

describe('asking', () => {
  test('a mount point is looked for below the root for files', async () => {
    const machine = machineWith({ path: '/data\\040disk' });
    const { stat, asked } = recordedStats({});
    const roots = { ...machine.roots, files: '/host' };
    await Promise.resolve(createStorageProbe({ roots, statFileSystem: stat }).collect(0)).catch(
      () => undefined,
    );
    expect(asked).toEqual(['/host/data disk']);
  });

  test('more file systems than are looked at are told', async () => {
    const disks = Array.from({ length: 1_030 }, (_, at) => ({
      path: `/d${at}`,
      device: `8:${at}`,
    }));
    const probe = createStorageProbe({
      roots: machineWith(...disks).roots,
      statFileSystem: (_, done) => done(null, statsOf(95)),
    });
    await probe.collect(0);
    expect(probe.remarks?.()).toEqual([
      'only 1024 of 1030 file systems are looked at; unmount those that are not needed',
    ]);
  });

  test('a new mount is seen within 30 s, and one that went is forgotten', async () => {
    const machine = machineWith({ path: '/' }, { path: '/old', device: '8:2' });
    const { stat } = recordedStats({ '/': 95, '/old': 855, '/new': 475 });
    const probe = createStorageProbe({ roots: machine.roots, statFileSystem: stat });
    expect(await probe.collect(0)).toEqual([{ metric: 'storage', value: 90 }]);
    machine.write(
      'proc/self/mountinfo',
      mountTable({ path: '/' }, { path: '/new', device: '8:3' }),
    );
    expect(await probe.collect(30_000)).toEqual([{ metric: 'storage', value: 50 }]);
  });

  test('of many file systems all are asked at first, then eight at a time in turn', async () => {
    const mounts = Array.from({ length: 20 }, (_, index) => ({
      path: `/disk${index}`,
      device: `8:${index}`,
    }));
    const used = Object.fromEntries(mounts.map(({ path }) => [path, 95]));
    const { stat, asked } = recordedStats(used);
    const probe = createStorageProbe({
      roots: machineWith(...mounts).roots,
      statFileSystem: stat,
    });
    await probe.collect(0);
    expect(asked.length).toBe(20);
    await probe.collect(1000);
    expect(asked.length).toBe(28);
    used['/disk19'] = 855;
    await probe.collect(2000);
    expect(await probe.collect(3000)).toEqual([{ metric: 'storage', value: 90 }]);
  });
});

const CHECK_DISK = 'look into the log of the kernel (dmesg) and check its disk';

describe('what cannot be asked', () => {
  test('a disk with an error does not hide the others', async () => {
    const machine = machineWith({ path: '/' }, { path: '/broken', device: '8:2' });
    const { stat } = recordedStats({ '/': 475 });
    const probe = createStorageProbe({ roots: machine.roots, statFileSystem: stat });
    expect(await probe.collect(0)).toEqual([{ metric: 'storage', value: 50 }]);
  });

  test('a disk that begins to report errors no longer counts with its last answer', async () => {
    const machine = machineWith({ path: '/' }, { path: '/failing', device: '8:2' });
    const used: Record<string, number> = { '/': 475, '/failing': 855 };
    const { stat } = recordedStats(used);
    const probe = createStorageProbe({ roots: machine.roots, statFileSystem: stat });
    expect(await probe.collect(0)).toEqual([{ metric: 'storage', value: 90 }]);
    delete used['/failing'];
    expect(await probe.collect(1000)).toEqual([{ metric: 'storage', value: 50 }]);
  });

  test('a disk that fails while it is asked keeps its last answer, and is named', async () => {
    const machine = machineWith({ path: '/' }, { path: '/failing', device: '8:2' });
    const { stat } = recordedStats({ '/': 95, '/failing': 855 });
    const failure: NodeJS.ErrnoException = Object.assign(new Error('lost'), { code: 'EIO' });
    let fails = false;
    const probe = createStorageProbe({
      roots: machine.roots,
      statFileSystem: (path, done) =>
        fails && path === '/failing' ? done(failure, statsOf(0)) : stat(path, done),
    });
    await probe.collect(0);
    fails = true;
    expect(await probe.collect(1000)).toEqual([{ metric: 'storage', value: 90 }]);
    expect(probe.remarks?.()).toEqual([`/failing cannot be asked (EIO); ${CHECK_DISK}`]);
    fails = false;
    await probe.collect(2000);
    expect(probe.remarks?.()).toEqual([]);
  });

  test('a path is known to lead to its file system before it is believed', async () => {
    const machine = machineWith(
      { path: '/' },
      { path: '/over', device: '8:2' },
      { path: '/inner', device: '8:2', root: '/inner' },
    );
    const { stat } = recordedStats({ '/': 95, '/over': 95, '/inner': 855 });
    const places: string[] = [];
    const probe = createStorageProbe({
      roots: machine.roots,
      statFileSystem: stat,
      statDevice(path, done) {
        places.push(path);
        done(null, path === '/inner' ? '8:2' : '8:1');
      },
    });
    expect(await probe.collect(0)).toEqual([{ metric: 'storage', value: 90 }]);
    expect(probe.remarks?.()).toEqual([]);
    // The way that is known serves until the mounts are read again.
    await probe.collect(1000);
    expect(places).toEqual(['/over', '/inner']);
    await probe.collect(30_000);
    expect(places).toHaveLength(4);
  });

  test('a file system that other mounts hide is named', async () => {
    const over = { path: '/home', device: '0:9', type: 'tmpfs' };
    const machine = machineWith({ path: '/' }, { path: '/home', device: '8:3' }, over);
    const { stat } = recordedStats({ '/': 95, '/home': 0 });
    const probe = createStorageProbe({ roots: machine.roots, statFileSystem: stat });
    expect(await probe.collect(0)).toEqual([{ metric: 'storage', value: 10 }]);
    expect(probe.remarks?.()).toEqual([
      '/home is hidden by another mount on the same path; unmount the upper one (umount /home), ' +
        'or both',
    ]);
  });

  test('when none can be asked the probe has failed and names one', async () => {
    const machine = machineWith({ path: '/' });
    const { stat } = recordedStats({});
    const probe = createStorageProbe({ roots: machine.roots, statFileSystem: stat });
    await expect(probe.collect(0)).rejects.toThrow('/ cannot be asked (ENOENT)');
  });
});

describe('a file system that hangs', () => {
  /** Never answers for paths in `hung` until `release` is called. */
  function hangingStat(hung: ReadonlySet<string>) {
    const waiting: (() => void)[] = [];
    const asked: string[] = [];
    const stat: StatFileSystem = (path, done) => {
      asked.push(path);
      const answer = () => done(null, statsOf(path === '/' ? 95 : 475));
      if (hung.has(path)) waiting.push(answer);
      else answer();
    };
    const release = () => {
      for (const answer of waiting.splice(0)) answer();
    };
    return { stat, asked, release };
  }

  test('is waited for once, not asked again, and counts when it answers', async () => {
    const { roots } = machineWith({ path: '/' }, { path: '/hung', device: '8:2' });
    const hung = new Set(['/hung']);
    const { stat, asked, release } = hangingStat(hung);
    const probe = createStorageProbe({ roots, statFileSystem: stat, answerWithinMs: 10 });
    for (const second of [0, 1, 2]) {
      expect(await probe.collect(second * 1000)).toEqual([{ metric: 'storage', value: 10 }]);
    }
    expect(asked.filter((path) => path === '/hung')).toHaveLength(1);
    hung.clear();
    release();
    expect(await probe.collect(3000)).toEqual([{ metric: 'storage', value: 50 }]);
  });

  test('keeps its last answer', async () => {
    const { roots } = machineWith({ path: '/' }, { path: '/disk', device: '8:2' });
    const hung = new Set<string>();
    const { stat } = hangingStat(hung);
    const probe = createStorageProbe({ roots, statFileSystem: stat, answerWithinMs: 10 });
    await probe.collect(0);
    hung.add('/disk');
    expect(await probe.collect(1000)).toEqual([{ metric: 'storage', value: 50 }]);
  });

  test('never holds more than two threads, together with others that hang', async () => {
    const paths = ['/a', '/b', '/c', '/d', '/e'];
    const { roots } = machineWith(...paths.map((path, at) => ({ path, device: `8:${at}` })));
    const { stat, asked } = hangingStat(new Set(paths));
    const probe = createStorageProbe({ roots, statFileSystem: stat, answerWithinMs: 10 });
    await expect(probe.collect(0)).rejects.toThrow(/is not asked while \/a and \/b hang/);
    await expect(probe.collect(1000)).rejects.toThrow();
    expect(asked).toEqual(['/a', '/b']);
  });
});
