import { describe, expect, test } from 'vitest';
import {
  isMountedAt,
  poolShare,
  realFileSystems,
  usedShare,
} from '../../../../node/probes/support/file-systems/file-systems.ts';
import { parseMounts } from '../../../../node/probes/support/file-systems/mounts.ts';
import { deviceName } from '../../../../node/probes/support/file-systems/statfs.ts';
import { type MountLine, mountTable } from '../../machine.ts';

const found = (...mounts: MountLine[]) => realFileSystems(parseMounts(mountTable(...mounts)));
/** The path by which each is asked first. */
const chosen = (...mounts: MountLine[]) => found(...mounts).flatMap(({ paths }) => paths[0] ?? []);

describe('real file systems', () => {
  test('of several mounts of one, the one with the widest view is asked', () => {
    const bind = { path: '/bind', root: '/some/folder' };
    expect(chosen(bind, { path: '/data' }, { path: '/again' })).toEqual(['/data']);
  });

  test('a path that is mounted over shows what lies on top', () => {
    const hidden = { path: '/mnt', device: '8:1' };
    expect(chosen(hidden, { path: '/mnt', device: '8:2', type: 'xfs' })).toEqual(['/mnt']);
    expect(chosen(hidden, { path: '/mnt', device: '0:9', type: 'tmpfs' })).toEqual([]);
  });

  test.each(['tmpfs', 'proc', 'overlay', 'nfs4', 'cifs', 'fuse.sshfs', 'autofs', '9p'])(
    '%s does not count',
    (type) => expect(chosen({ path: '/x', device: '0:40', type })).toEqual([]),
  );

  test.each(['btrfs', 'zfs'])('%s counts, though it has no block device number', (type) => {
    expect(chosen({ path: '/x', device: '0:40', type })).toEqual(['/x']);
  });

  test('what cannot be written cannot fill up, so it does not count, save the root', () => {
    expect(chosen({ path: '/x', options: 'ro' })).toEqual([]);
    expect(chosen({ path: '/', options: 'ro' })).toEqual(['/']);
    expect(chosen({ path: '/x', type: 'iso9660' })).toEqual([]);
  });

  test('a root on another machine is not asked, for it may hang', () => {
    expect(chosen({ path: '/', device: '0:20', type: 'nfs' })).toEqual([]);
  });
});

test('the share is what df prints: blocks reserved for root are not usable', () => {
  expect(usedShare({ blocks: 1000, bfree: 525, bavail: 475 })).toBe(50);
  expect(usedShare({ blocks: 1000, bfree: 50, bavail: 0 })).toBe(100);
  expect(usedShare({ blocks: 0, bfree: 0, bavail: 0 })).toBeUndefined();
});

describe('the paths of a file system', () => {
  test('are all its mounts, the widest view first and what was deleted last', () => {
    const gone = { path: '/gone//deleted' };
    const [one] = found(gone, { path: '/deep', root: '/a/b' }, { path: '/share', root: '/a' });
    expect(one?.paths).toEqual(['/share', '/deep', '/gone//deleted']);
  });

  test('are none where another mount hides it, which is told by its name', () => {
    const over = { path: '/home', device: '0:9', type: 'tmpfs' };
    expect(found({ path: '/home', device: '8:3' }, over)).toMatchObject([
      { name: '/home', paths: [] },
    ]);
    // The old root below the new one of every machine is nobody's loss.
    expect(found({ path: '/', device: '8:9' }, { path: '/' })).toMatchObject([{ device: '8:1' }]);
  });

  test.each([
    ['ext4', '8:17', '8:17', '8:1', true],
    ['ext4', '8:17', '8:1', '8:1', false],
    ['zfs', '0:40', '0:40', '0:31', true],
    ['zfs', '0:40', '0:31', '0:31', false],
    // The number of a subvolume is not the one that the mount table has.
    ['btrfs', '0:40', '0:57', '0:31', true],
    ['btrfs', '0:40', '0:31', '0:31', false],
    ['btrfs', '0:40', '8:1', '8:1', false],
  ])('%s of device %s is at a path of device %s below %s: %s', async (type, mounted, ...rest) => {
    const [device, above, is] = rest;
    expect(await isMountedAt({ type, device: mounted }, device, async () => above)).toBe(is);
  });

  test('have device numbers as Linux packs them', () => {
    expect(deviceName(0x0811)).toBe('8:17');
    expect(deviceName(0xfe00)).toBe('254:0');
    expect(deviceName(0x103 * 256 + 0x12 + 0x345 * 2 ** 20)).toBe(`259:${0x34512}`);
    expect(deviceName(0x3d)).toBe('0:61');
  });
});

describe('a read-only file system', () => {
  const writing = (...mounts: MountLine[]) => found(...mounts).map((one) => one.writing);

  test('that was mounted so was never to be written, an image or a bind mount as little', () => {
    expect(writing({ path: '/x', options: 'ro' })).toEqual([]);
    expect(writing({ path: '/snap', type: 'squashfs', options: 'ro' })).toEqual([]);
    // The mount alone is read-only, and others write to the same file system.
    expect(writing({ path: '/x', own: 'ro', options: 'rw' })).toEqual(['possible']);
  });

  test('that was mounted for writing has lost it', () => {
    expect(writing({ path: '/x', own: 'rw', options: 'ro' })).toEqual(['lost']);
    expect(writing({ path: '/', own: 'rw', options: 'ro' })).toEqual(['lost']);
    for (const word of ['emergency_ro', 'shutdown']) {
      expect(writing({ path: '/x', options: `rw,${word}` })).toEqual(['lost']);
    }
  });

  test('of ZFS was made so by its owner', () => {
    const zfs = { path: '/x', device: '0:40', type: 'zfs', source: 'tank/x' };
    expect(writing({ ...zfs, own: 'rw', options: 'ro' })).toEqual(['never']);
    expect(writing({ ...zfs, source: 'tank/x@monday' })).toEqual([]);
  });
});

describe('a pool', () => {
  test('is as full as all that is used by any, beside what is free for all', () => {
    const one = { blocks: 107, bfree: 60, bavail: 60 };
    expect(poolShare(Array.from({ length: 20 }, () => one))).toBe(94);
  });

  test('counts in bytes, and takes a quota for the limit of one', () => {
    const small = { blocks: 200, bfree: 100, bavail: 100, bsize: 1024 };
    const large = { blocks: 2, bfree: 1, bavail: 1, bsize: 102_400 };
    expect(poolShare([small, large])).toBeCloseTo(66.67, 1);
    expect(poolShare([small, { ...small, blocks: 100, bfree: 0, bavail: 0 }])).toBeCloseTo(66.67);
  });

  test('without anything has no share', () => {
    expect(poolShare([])).toBeUndefined();
  });
});
