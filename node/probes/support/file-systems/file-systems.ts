// Which file systems of a mount table can fill up, and by which paths each can be asked. Pure.

import type { Mount } from './mounts.ts';
import type { FileSystemStats } from './statfs.ts';

export interface FileSystem {
  /** `major:minor` of its mounts. */
  readonly device: string;
  readonly type: string;
  /** Where it is mounted, the widest view first; empty when other mounts hide it. */
  readonly paths: readonly string[];
  /** The path to name it by. */
  readonly name: string;
  /** File systems of one pool share its space. */
  readonly pool?: string;
  /** `lost`: it was mounted for writing and the kernel made it read-only, as after an error. */
  readonly writing: 'possible' | 'lost' | 'never';
}

/** Images that are full by nature, and what is never written. */
const IMAGES = new Set(['squashfs', 'iso9660', 'udf', 'erofs', 'cramfs', 'romfs']);
/** Real, though the kernel gives them no block device's number. */
const WITHOUT_BLOCK_DEVICE = new Set(['btrfs', 'zfs', 'bcachefs', 'ubifs']);
/** Each of their subvolumes has a device number of its own, which the mount table does not show. */
const WITH_SUBVOLUMES = new Set(['btrfs', 'bcachefs']);
/** Another machine's disk, which its own node watches; asking may hang while that one is away. */
const REMOTE =
  /^(nfs\d?|cifs|smb3|smbfs|ceph|afs|glusterfs|lustre|gpfs|ocfs2|gfs2|beegfs|fuse\..*)$/;
/** Options by which newer kernels say that they stopped writing, beside the old `ro`. */
const STOPPED = ['emergency_ro', 'shutdown'];
/** Beyond, a file system counts as closed: it is asked by none of so many paths. */
const MAX_PATHS = 8;

/** Whether a mount is one of a file system that may be asked. */
export function isReal({ path, type, device, source }: Mount): boolean {
  if (IMAGES.has(type) || REMOTE.test(type)) return false;
  // The root counts whatever it is: a container's is an overlay, a diskless machine's lies in
  // memory. Any other overlay shows the bytes of a file system that counts already.
  if (path === '/') return true;
  // A snapshot shares the bytes of what it was made of.
  if (type === 'zfs') return !source.includes('@');
  return !device.startsWith('0:') || WITHOUT_BLOCK_DEVICE.has(type);
}

/**
 * In the order of mounting. `wasWritable` tells of one that is read-only now whether it was written
 * before; what never was cannot fill up, and does not count save as the root or as part of a pool.
 */
export function realFileSystems(
  mounts: readonly Mount[],
  wasWritable: (mount: Mount) => boolean = () => false,
): FileSystem[] {
  // A later mount on the same path hides the earlier.
  const visible = new Map(mounts.map((mount) => [mount.path, mount]));
  const byDevice = new Map<string, Mount[]>();
  for (const mount of mounts) {
    if (!isReal(mount)) continue;
    const known = byDevice.get(mount.device);
    if (known) known.push(mount);
    else byDevice.set(mount.device, [mount]);
  }
  return [...byDevice.values()].flatMap((all) => {
    const seen = all.filter((mount) => visible.get(mount.path) === mount);
    const [one] = all;
    return one ? (fileSystemOf(one, all, seen, wasWritable) ?? []) : [];
  });
}

function fileSystemOf(
  one: Mount,
  all: readonly Mount[],
  seen: readonly Mount[],
  wasWritable: (mount: Mount) => boolean,
): FileSystem | undefined {
  // ZFS stops writing without a word here; a read-only one of its file systems was made so.
  const isMeant = one.type === 'zfs' && one.options.includes('ro');
  const writing = isMeant ? 'never' : writingOf(all, wasWritable);
  const isRoot = seen.some(({ path }) => path === '/');
  const counts = writing !== 'never' || isRoot || one.type === 'zfs';
  // What is hidden is worth a word only when it can fill up.
  if (!counts || (seen.length === 0 && writing === 'never')) return undefined;
  // The old root of a machine lies below its new one, and is nobody's loss.
  if (seen.length === 0 && all.every(({ path }) => path === '/')) return undefined;
  const widest = [...seen].sort((a, b) => rankOf(a) - rankOf(b));
  const paths = [...new Set(widest.map(({ path }) => path))].slice(0, MAX_PATHS);
  const pool = one.type === 'zfs' ? { pool: one.source.split('/')[0] ?? '' } : {};
  return {
    ...{ device: one.device, type: one.type, paths, name: paths[0] ?? one.path, writing },
    ...pool,
  };
}

/** A place whose folder is gone comes last: nothing is found at its path. */
const rankOf = ({ root, path }: Mount): number =>
  root.length + (path.endsWith('//deleted') ? Number.MAX_SAFE_INTEGER / 2 : 0);

function writingOf(
  mounts: readonly Mount[],
  wasWritable: (mount: Mount) => boolean,
): FileSystem['writing'] {
  const isStopped = mounts.some(({ options }) => STOPPED.some((word) => options.includes(word)));
  if (isStopped) return 'lost';
  if (!mounts.some(({ options }) => options.includes('ro'))) return 'possible';
  // Who mounts something read-only forbids it to the mount as well; an error does not.
  return mounts.some((mount) => mount.isWritable || wasWritable(mount)) ? 'lost' : 'never';
}

/**
 * Whether what lies at a path is the file system that the mount table has there. `device` is the
 * device number of the path, `above` asks for that of the folder above it.
 */
export async function isMountedAt(
  { type, device: mounted }: Pick<FileSystem, 'type' | 'device'>,
  device: string,
  above: () => Promise<string | undefined>,
): Promise<boolean> {
  if (!WITH_SUBVOLUMES.has(type)) return device === mounted;
  // Its number cannot be known. It is of no block device, and is not that of the folder above.
  return device.startsWith('0:') && device !== (await above());
}

/** % as df computes it: what is reserved for root is neither used nor available. */
export function usedShare({ blocks, bfree, bavail }: FileSystemStats): number | undefined {
  const used = blocks - bfree;
  const usable = used + bavail;
  return usable > 0 && used >= 0 ? Math.min(100, (100 * used) / usable) : undefined;
}

/**
 * % of a pool: each of its file systems shows what it uses itself, and all that is free as its
 * own. One with a quota shows less than is free, so the greatest counts. What is not mounted is not
 * seen.
 */
export function poolShare(all: readonly FileSystemStats[]): number | undefined {
  let used = 0;
  let free = 0;
  for (const { blocks, bfree, bavail, bsize = 1 } of all) {
    used += (blocks - bfree) * bsize;
    free = Math.max(free, bavail * bsize);
  }
  return used + free > 0 && used >= 0 ? Math.min(100, (100 * used) / (used + free)) : undefined;
}
