// The mount table of this process, or of the machine it watches, as /proc/self/mountinfo prints it.

import { join } from 'node:path';
import { malformed, type Roots, readText } from './text.ts';

export interface Mount {
  /** `major:minor`; the same for all mounts of one file system. Major 0 has no block device. */
  readonly device: string;
  /** The directory within the file system that is mounted; not `/` for a bind mount. */
  readonly root: string;
  readonly path: string;
  readonly type: string;
  /** Of the file system, not of this mount: a read-only one cannot fill up. */
  readonly options: readonly string[];
}

/** Undefined where the kernel shows no mounts. */
export function readMounts(roots: Roots): Mount[] | undefined {
  const text = readText(join(roots.proc, roots.process ?? 'self', 'mountinfo'));
  return text === undefined ? undefined : parseMounts(text);
}

/**
 * `27 1 254:0 / /data rw,relatime shared:1 - ext4 /dev/vda rw`: between the mount's options and the
 * dash stand any number of optional fields.
 */
export function parseMounts(text: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const dash = line.indexOf(' - ');
    const [, , device, root, path] = line.slice(0, dash).split(' ');
    const [type, , options] = line.slice(dash + 3).split(' ');
    if (dash < 0 || !device || !root || !path || !type || options === undefined) {
      throw malformed('/proc/self/mountinfo', 'ten fields with a dash in a line', line);
    }
    mounts.push({
      device,
      root: unescapePath(root),
      path: unescapePath(path),
      type,
      options: options.split(','),
    });
  }
  if (mounts.length === 0) throw malformed('/proc/self/mountinfo', 'at least one mount', text);
  return mounts;
}

/** The kernel writes space, tab, newline and backslash as three octal digits. */
function unescapePath(text: string): string {
  return text.replace(/\\([0-3][0-7]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
