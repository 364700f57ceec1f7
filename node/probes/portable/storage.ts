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
  /** Mount points that could be written once: what turned read-only is as full as before. */
  const written = new Set<string>();
  let lost: readonly string[] = [];
  return {
    name: 'storage',
    metrics: [STORAGE],
    collect: rarely(EVERY_MS, async () => {
      const all = (await (await load()).fsSize()).filter(({ type }) => !NOT_REAL.test(type));
      for (const { rw, mount } of all) if (rw) written.add(mount);
      lost = all.flatMap(({ rw, mount }) => (rw === false && written.has(mount) ? mount : []));
      // Any other read-only one cannot fill up; the sealed root of macOS shares its space.
      const counts = ({ rw, mount }: FileSystemSize) =>
        rw !== false || mount === '/' || written.has(mount);
      const shares = all.filter(counts).flatMap((one) => usedShare(one) ?? []);
      return shares.length === 0 ? [] : [{ metric: STORAGE.name, value: Math.max(...shares) }];
    }),
    remarks: () =>
      lost.map(
        (mount) =>
          `${mount} could be written before and is read-only now; look into the log of the ` +
          'system and check its disk',
      ),
  };
}

function usedShare({ type, size, used, available }: FileSystemSize): number | undefined {
  if (!isAmount(used) || !isAmount(available) || used + available === 0) return undefined;
  // Volumes of APFS share a container, whose size each of them shows; `used` is the volume's alone.
  const isShared = type === 'APFS' && isAmount(size) && size >= used + available;
  return isShared ? (100 * (size - available)) / size : (100 * used) / (used + available);
}
