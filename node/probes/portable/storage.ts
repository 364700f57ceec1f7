// Used share of the fullest file system on systems without /proc.

import { STORAGE } from '../../config/metrics.ts';
import type { Probe } from '../../ports.ts';
import { rarely } from '../support/rarely.ts';
import {
  type FileSystemSize,
  isAmount,
  type LoadSystemInformation,
} from '../support/system-information.ts';

/** The library runs `df` or PowerShell, which take up to a second. */
const EVERY_MS = 30_000;
/** Images, memory, and disks of other machines. */
const NOT_REAL =
  /^(squashfs|iso9660|udf|cd9660|cdfs|devfs|autofs|tmpfs|nfs\d?|smbfs|cifs|afpfs|webdav)$/i;

export function createPortableStorageProbe(load: LoadSystemInformation): Probe {
  return {
    name: 'storage',
    metrics: [STORAGE],
    collect: rarely(EVERY_MS, async () => {
      const shares = (await (await load()).fsSize()).flatMap((one) => usedShare(one) ?? []);
      return shares.length === 0 ? [] : [{ metric: STORAGE.name, value: Math.max(...shares) }];
    }),
  };
}

/** A read-only file system cannot fill up, save the sealed root of macOS, whose space is shared. */
function usedShare({ type, mount, used, available, rw }: FileSystemSize): number | undefined {
  if (NOT_REAL.test(type) || (rw === false && mount !== '/')) return undefined;
  if (!isAmount(used) || !isAmount(available) || used + available === 0) return undefined;
  return (100 * used) / (used + available);
}
