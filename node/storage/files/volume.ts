// The folder and the volume under a database file: whether they are there, and what they refuse.

import { statSync } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { OperatingError } from '../../errors.ts';
import { codeOf, makeFolder, refusalOf } from '../thread/system.ts';

const unmounted = (folder: string): OperatingError =>
  new OperatingError(
    'store_unmounted',
    `The volume of data folder ${folder} is gone; mount it again, then storing resumes.`,
  );

/** Where the folder's file system is mounted; undefined for the one of the root. */
async function mountPointOf(folder: string): Promise<string | undefined> {
  const { dev } = await stat(folder);
  for (let at = resolve(folder); at !== dirname(at); at = dirname(at)) {
    if ((await stat(dirname(at))).dev !== dev) return at;
  }
  return undefined;
}

async function isMounted(point: string): Promise<boolean> {
  const devices = await Promise.all([stat(point), stat(dirname(point))]).catch(() => undefined);
  return devices !== undefined && devices[0].dev !== devices[1].dev;
}

export interface Volume {
  /** Makes the folder; rejects while a volume is gone that was there when the process began. */
  prepare(): Promise<void>;
  /** The folder is on the same device as when it was prepared. */
  isSame(): boolean;
}

/** Nothing is written in place of a volume: it would be hidden once that is mounted again. */
export function createVolume(url: string, folder: string): Volume {
  let point: string | undefined;
  let device: number | undefined;
  return {
    async prepare() {
      if (point !== undefined && !(await isMounted(point))) throw unmounted(folder);
      await makeFolder(url);
      // A runtime may forbid to look at the folders above.
      point ??= await mountPointOf(folder).catch(() => undefined);
      device = (await stat(folder)).dev;
    },
    isSame() {
      try {
        return statSync(folder).dev === device;
      } catch {
        return false;
      }
    },
  };
}

/** As much as a database needs at once to begin with: its log's index is 32 KiB. */
const PROBE_BYTES = 65_536;
/** What a driver says when the system refused something; the system itself says what. */
const VAGUE_CODES = ['store_not_writable', 'store_disk', 'store_read_only', 'store_failed'];

/** What the system says to a new file in the folder; undefined when nothing is wrong with that. */
async function tryFile(path: string): Promise<unknown> {
  const probe = `${path}.probe`;
  try {
    const file = await open(probe, 'w');
    try {
      await file.writeFile(Buffer.alloc(PROBE_BYTES));
    } finally {
      await file.close();
    }
    return undefined;
  } catch (error) {
    return codeOf(error);
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

/** A driver tells a full disk, a quota and a file system that is read-only alike; this does not. */
export async function explainFault(problem: OperatingError, path: string): Promise<OperatingError> {
  if (!VAGUE_CODES.includes(problem.code)) return problem;
  return refusalOf(await tryFile(path), `database ${path}`, problem) ?? problem;
}
