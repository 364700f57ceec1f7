// Used share of the fullest real file system, from the mount table and statfs.
//
// One statfs costs 25 µs of CPU, so a sample asks all file systems of an ordinary machine, but on
// a machine with many those asked longest ago; the others keep their last answer.

import { join } from 'node:path';
import { STORAGE } from '../../config/metrics.ts';
import { OperatingError } from '../../errors.ts';
import type { Probe } from '../../ports.ts';
import { type Mount, readMounts } from '../support/mounts.ts';
import { createStatReader, type FileSystemStats, type StatFileSystem } from '../support/statfs.ts';
import type { Roots } from '../support/text.ts';

const REREAD_MOUNTS_MS = 30_000;
const MAX_FILE_SYSTEMS = 256;
const ASKED_PER_SAMPLE = 8;
/** A local disk answers in microseconds; one that takes this long counts as hung. */
const ANSWER_WITHIN_MS = 250;

export interface StorageOptions {
  readonly roots: Roots;
  readonly statFileSystem?: StatFileSystem;
  readonly answerWithinMs?: number;
}

interface FileSystem {
  readonly path: string;
  asked: boolean;
  /** Of the last answer; a hung file system keeps it, one that reports an error loses it. */
  usedPercent?: number | undefined;
}

export function createStorageProbe(options: StorageOptions): Probe {
  const { roots, answerWithinMs = ANSWER_WITHIN_MS } = options;
  const read = createStatReader(answerWithinMs, options.statFileSystem);
  /** Asked longest ago first. */
  let queue: FileSystem[] = [];
  let rereadAtMs = Number.NEGATIVE_INFINITY;

  const reread = (nowMs: number) => {
    const known = new Map(queue.map((one) => [one.path, one]));
    const paths = realFileSystems(readMounts(roots) ?? []).slice(0, MAX_FILE_SYSTEMS);
    const fresh = paths.filter((path) => !known.has(path));
    const kept = queue.filter((one) => paths.includes(one.path));
    queue = [...fresh.map((path) => ({ path, asked: false })), ...kept];
    rereadAtMs = nowMs + REREAD_MOUNTS_MS;
  };

  /** The problem met, if any; new file systems are asked at once, however many they are. */
  const refresh = async () => {
    const count = Math.max(ASKED_PER_SAMPLE, queue.filter((one) => !one.asked).length);
    const asked = queue.splice(0, count);
    queue.push(...asked);
    let problem = '';
    for (const one of asked) {
      const answer = await read(join(roots.files, one.path));
      one.asked = true;
      if (answer.outcome === 'stats') one.usedPercent = usedShare(answer.stats);
      else problem = `${one.path} ${answer.problem}`;
      if (answer.outcome === 'error') one.usedPercent = undefined;
    }
    return problem;
  };

  return {
    name: 'storage',
    metrics: [STORAGE],
    async collect(nowMs) {
      if (nowMs >= rereadAtMs) reread(nowMs);
      const problem = await refresh();
      const shares = queue.flatMap(({ usedPercent }) => usedPercent ?? []);
      // One broken disk must not hide the others; only when none is left has the probe failed.
      if (shares.length > 0) return [{ metric: STORAGE.name, value: Math.max(...shares) }];
      if (problem !== '') throw new OperatingError('probe_storage', problem);
      return [];
    },
  };
}

/** Images that are full by nature, and what is never written. */
const IMAGES = new Set(['squashfs', 'iso9660', 'udf', 'erofs', 'cramfs', 'romfs']);
/** Real, though the kernel gives them no block device's number. */
const WITHOUT_BLOCK_DEVICE = new Set(['btrfs', 'zfs', 'bcachefs', 'ubifs']);
/** Another machine's disk, which its own node watches; asking may hang while that one is away. */
const REMOTE =
  /^(nfs\d?|cifs|smb3|smbfs|ceph|afs|glusterfs|lustre|gpfs|ocfs2|gfs2|beegfs|fuse\..*)$/;

/** One mount point for each file system; of several the one with the widest view. */
export function realFileSystems(mounts: readonly Mount[]): string[] {
  // A later mount on the same path hides the earlier.
  const visible = new Map(mounts.map((mount) => [mount.path, mount]));
  const byDevice = new Map<string, Mount>();
  for (const mount of visible.values()) {
    if (!isReal(mount)) continue;
    const known = byDevice.get(mount.device);
    if (!known || mount.root.length < known.root.length) byDevice.set(mount.device, mount);
  }
  return [...byDevice.values()].map((mount) => mount.path);
}

function isReal({ path, type, device, options }: Mount): boolean {
  if (IMAGES.has(type) || REMOTE.test(type)) return false;
  // The root counts whatever it is: a container's is an overlay, a diskless machine's lies in
  // memory. Any other overlay shows the bytes of a file system that counts already.
  if (path === '/') return true;
  if (options.includes('ro')) return false;
  return !device.startsWith('0:') || WITHOUT_BLOCK_DEVICE.has(type);
}

/** % as df computes it: what is reserved for root is neither used nor available. */
export function usedShare({ blocks, bfree, bavail }: FileSystemStats): number | undefined {
  const used = blocks - bfree;
  const usable = used + bavail;
  return usable > 0 && used >= 0 ? Math.min(100, (100 * used) / usable) : undefined;
}
