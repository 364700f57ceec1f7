// What file systems are asked for: their use, and which one lies at a path.

import { stat, statfs } from 'node:fs';
import type { Ask } from '../asking.ts';

/** In blocks of the file system's own size. */
export interface FileSystemStats {
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  /** Bytes of a block; where absent, all file systems have the same. */
  readonly bsize?: number;
}

export type StatFileSystem = Ask<FileSystemStats>;
/** `major:minor` of what lies at a path, as the mount table writes it. */
export type StatDevice = Ask<string>;

export const statFileSystem: StatFileSystem = statfs;

export const statDevice: StatDevice = (path, done) =>
  stat(path, (error, stats) => done(error, error ? '' : deviceName(stats.dev)));

/** As Linux packs both numbers into one of 64 bits; the lower 32 have all that is common. */
export function deviceName(device: number): string {
  const high = Math.floor(device / 2 ** 32);
  const major = ((device >>> 8) & 0xfff) + (high & 0xfffff000);
  const minor = (device & 0xff) + ((device >>> 12) & 0xfff00);
  return `${major}:${minor}`;
}
