// The mount table of this process, or of the machine it watches, as /proc/self/mountinfo prints it.
// On a host of containers it can have megabytes, of which little is of interest.

import { join } from 'node:path';
import { readLines, scanLines } from '../lines.ts';
import { malformed, type Roots } from '../text.ts';

export interface Mount {
  /** `major:minor`; the same for all mounts of one file system. Major 0 has no block device. */
  readonly device: string;
  /** The directory within the file system that is mounted; not `/` for a bind mount. */
  readonly root: string;
  readonly path: string;
  /** What this mount allows; its file system may allow less. */
  readonly isWritable: boolean;
  readonly type: string;
  /** A device, or what the type takes for one: `tank/home` for ZFS. */
  readonly source: string;
  /** Of the file system, not of this mount: a read-only one cannot fill up. */
  readonly options: readonly string[];
}

/** A kernel allows 100,000 mounts; their usual lines fit in here. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Of one file system, the first; on Kubernetes one may have thousands. */
const MAX_MOUNTS_OF_DEVICE = 64;

export interface MountTable {
  /** In the order of mounting. */
  readonly mounts: readonly Mount[];
  /** Length of the whole table. */
  readonly bytes: number;
  /** The table was too long to be read to its end. */
  readonly isCut: boolean;
}

/**
 * The mounts of interest, and those that hide one of them. Undefined where the kernel shows no
 * mounts.
 */
export async function readMounts(
  roots: Roots,
  isWanted: (mount: Mount) => boolean,
): Promise<MountTable | undefined> {
  const keep = createMountList(isWanted);
  const extent = await readLines(mountTableOf(roots), MAX_BYTES, (line) =>
    keep.take(parseMount(line)),
  );
  if (extent === undefined) return undefined;
  if (extent.bytes === 0) throw malformed('/proc/self/mountinfo', 'at least one mount', '');
  return { ...extent, mounts: keep.mounts };
}

/** The first mount of one of these types that is wanted; reads no further. */
export function findMount(
  roots: Roots,
  types: string,
  isWanted: (mount: Mount) => boolean,
): Mount | undefined {
  let found: Mount | undefined;
  scanLines(mountTableOf(roots), (line) => {
    // Most lines are of other types, and to take each apart costs more than to read it.
    if (!line.includes(` - ${types}`)) return false;
    const mount = parseMount(line);
    if (isWanted(mount)) found = mount;
    return found !== undefined;
  });
  return found;
}

export const mountTableOf = ({ proc, process = 'self' }: Roots): string =>
  join(proc, process, 'mountinfo');

function createMountList(isWanted: (mount: Mount) => boolean) {
  const mounts: Mount[] = [];
  const paths = new Set<string>();
  const counts = new Map<string, number>();
  return {
    mounts,
    take(mount: Mount): false {
      const isHiding = paths.has(mount.path);
      if (!isHiding && !isWanted(mount)) return false;
      const count = counts.get(mount.device) ?? 0;
      if (!isHiding && count >= MAX_MOUNTS_OF_DEVICE) return false;
      counts.set(mount.device, count + 1);
      paths.add(mount.path);
      mounts.push(mount);
      return false;
    },
  };
}

export function parseMounts(text: string): Mount[] {
  const mounts = text.split('\n').flatMap((line) => (line === '' ? [] : parseMount(line)));
  if (mounts.length === 0) throw malformed('/proc/self/mountinfo', 'at least one mount', text);
  return mounts;
}

/**
 * `27 1 254:0 / /data rw,relatime shared:1 - ext4 /dev/vda rw`: between the mount's options and the
 * dash stand any number of optional fields.
 */
export function parseMount(line: string): Mount {
  const dash = line.indexOf(' - ');
  const [, , device, root, path, own] = line.slice(0, dash).split(' ');
  const [type, source = '', options] = line.slice(dash + 3).split(' ');
  if (dash < 0 || !device || !root || !path || !own || !type || options === undefined) {
    throw malformed('/proc/self/mountinfo', 'ten fields with a dash in a line', line);
  }
  return {
    device,
    root: unescapePath(root),
    path: unescapePath(path),
    isWritable: !own.split(',').includes('ro'),
    type,
    source: unescapePath(source),
    options: options.split(','),
  };
}

/** The kernel writes space, tab, newline and backslash as three octal digits. */
function unescapePath(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\([0-3][0-7]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
