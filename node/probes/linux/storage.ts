// Used share of the fullest real file system, from the mount table and statfs.
//
// One statfs costs 25 µs of CPU, so a sample asks all file systems of an ordinary machine, but on
// a machine with many those asked longest ago; the others keep their last answer.

import { readlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { STORAGE } from '../../config/metrics.ts';
import { OperatingError } from '../../errors.ts';
import { createAsking } from '../support/asking.ts';
import {
  elsewhereText,
  type Failure,
  failureText,
  hiddenText,
  lostText,
} from '../support/file-systems/file-system-words.ts';
import {
  type FileSystem,
  isMountedAt,
  isReal,
  poolShare,
  realFileSystems,
  usedShare,
} from '../support/file-systems/file-systems.ts';
import { type Mount, mountTableOf, readMounts } from '../support/file-systems/mounts.ts';
import {
  type FileSystemStats,
  type StatDevice,
  type StatFileSystem,
  statDevice,
  statFileSystem,
} from '../support/file-systems/statfs.ts';
import type { KernelProbe } from '../support/stand-ins.ts';
import { attempt, parseCount, type Roots, readText } from '../support/text.ts';

const REREAD_MOUNTS_MS = 30_000;
/** A table of a megabyte takes the kernel 15 ms to write, so it is read so much less often. */
const BYTES_OF_A_PERIOD = 1024 * 1024;
const MAX_FILE_SYSTEMS = 1_024;
const ASKED_PER_SAMPLE = 8;
/** A local disk answers in microseconds; one that takes this long counts as hung. */
const ANSWER_WITHIN_MS = 250;
/** So many may hang and the others be asked. */
const MAX_HUNG = 2;

export interface StorageOptions {
  readonly roots: Roots;
  readonly statFileSystem?: StatFileSystem;
  /** Absent where `statFileSystem` is given: whether a path is the right one is then not asked. */
  readonly statDevice?: StatDevice;
  readonly answerWithinMs?: number;
}

/** What was learned of one file system. */
interface Watched {
  fileSystem: FileSystem;
  asked: boolean;
  /** The path that the last answer came by, once it is known to lead to this file system. */
  path?: string | undefined;
  /** Of the last answer; it stands while a file system hangs or its disk fails. */
  stats?: FileSystemStats | undefined;
  problem?: string | undefined;
}

/** Why a path brought no answer; `isFinal`: any other would fail just as well. */
interface Fault {
  readonly problem: string;
  readonly isFinal: boolean;
}

export function createStorageProbe(options: StorageOptions): KernelProbe {
  const { roots } = options;
  const ask = createAsker(options);
  /** Asked longest ago first. */
  let queue: Watched[] = [];
  let tableProblems: readonly string[] = [];
  let rereadAtMs = Number.NEGATIVE_INFINITY;

  const reread = async (nowMs: number) => {
    // First, so that what fails is not tried again each second.
    rereadAtMs = nowMs + REREAD_MOUNTS_MS;
    const table = await readMounts(roots, isReal);
    rereadAtMs += REREAD_MOUNTS_MS * Math.floor((table?.bytes ?? 0) / BYTES_OF_A_PERIOD);
    const found = realFileSystems(table?.mounts ?? [], createMemory(roots, queue));
    tableProblems = [
      ...(table?.isCut ? [`the end of the mount table is not looked at; ${FEWER}`] : []),
      ...(found.length > MAX_FILE_SYSTEMS
        ? [`only ${MAX_FILE_SYSTEMS} of ${found.length} file systems are looked at; ${FEWER}`]
        : []),
    ];
    queue = merge(queue, found.slice(0, MAX_FILE_SYSTEMS));
  };

  /** New file systems are asked at once, however many they are. */
  const refresh = async () => {
    const count = Math.max(ASKED_PER_SAMPLE, queue.filter((one) => !one.asked).length);
    const asked = queue.splice(0, count);
    queue.push(...asked);
    for (const one of asked) await ask(one);
  };

  return {
    name: 'storage',
    reads: [
      { path: mountTableOf(roots), kind: 'table' },
      { path: join(roots.sys, 'dev/block'), kind: 'folder' },
      { path: join(roots.sys, 'fs/ext4'), kind: 'folder' },
    ],
    metrics: [STORAGE],
    async collect(nowMs) {
      if (nowMs >= rereadAtMs) await reread(nowMs);
      await refresh();
      const shares = sharesOf(queue);
      // One broken disk must not hide the others; only when none is left has the probe failed.
      if (shares.length > 0) return [{ metric: STORAGE.name, value: Math.max(...shares) }];
      const problem = queue.findLast((one) => one.problem !== undefined)?.problem;
      if (problem !== undefined) throw new OperatingError('probe_storage', problem);
      return [];
    },
    remarks() {
      const remarks = [...tableProblems];
      for (const watched of queue) remarkOn(watched, remarks);
      // The queue turns.
      return remarks.sort();
    },
  };
}

const FEWER = 'unmount those that are not needed';

/** Asks one file system by the path that is known to work, or by all until one does. */
function createAsker({ roots, answerWithinMs = ANSWER_WITHIN_MS, ...options }: StorageOptions) {
  const { statFileSystem: statUse = statFileSystem } = options;
  const statPlace = options.statFileSystem
    ? options.statDevice
    : (options.statDevice ?? statDevice);
  const read = createAsking(answerWithinMs, MAX_HUNG);
  const faultOf = (path: string, failure: Failure): Fault => ({
    problem: failureText(path, failure, roots.files),
    isFinal: failure.outcome !== 'error' || failure.code === 'EIO',
  });

  /** Why the path does not lead to the file system; undefined when it does. */
  const findFault = async (fileSystem: FileSystem, path: string): Promise<Fault | undefined> => {
    // What is mounted on the root of this process is what it sees there.
    if (!statPlace || (path === '/' && roots.files === '/')) return undefined;
    const place = await read(join(roots.files, path), statPlace);
    if (place.outcome !== 'answer') return faultOf(path, place);
    const above = async () => {
      const answer = await read(dirname(join(roots.files, path)), statPlace);
      return answer.outcome === 'answer' ? answer.answer : undefined;
    };
    if (await isMountedAt(fileSystem, place.answer, above)) return undefined;
    return { problem: elsewhereText(path, roots.files), isFinal: false };
  };

  /** True when it is settled: the path led to an answer, or any other would fail just as well. */
  const tryPath = async (watched: Watched, path: string, isKnown: boolean): Promise<boolean> => {
    let fault = isKnown ? undefined : await findFault(watched.fileSystem, path);
    if (fault === undefined) {
      const answer = await read(join(roots.files, path), statUse);
      if (answer.outcome === 'answer') {
        Object.assign(watched, { stats: answer.answer, path, problem: undefined });
        return true;
      }
      fault = faultOf(path, answer);
    }
    watched.path = undefined;
    watched.problem ??= fault.problem;
    return fault.isFinal;
  };

  return async (watched: Watched): Promise<void> => {
    const { path: known } = watched;
    const { paths, name } = watched.fileSystem;
    watched.asked = true;
    watched.problem = undefined;
    if (known !== undefined && (await tryPath(watched, known, true))) return;
    for (const path of paths) if (await tryPath(watched, path, false)) return;
    watched.problem ??= hiddenText(name);
    watched.stats = undefined;
  };
}

function merge(queue: readonly Watched[], found: readonly FileSystem[]): Watched[] {
  const known = new Map(queue.map((one) => [one.fileSystem.device, one]));
  const fresh = found.filter(({ device }) => !known.has(device));
  const byDevice = new Map(found.map((one) => [one.device, one]));
  const kept = queue.flatMap((one) => {
    const fileSystem = byDevice.get(one.fileSystem.device);
    // Mounts may have come and gone, so the way to it is looked for anew.
    return fileSystem ? { ...one, fileSystem, path: undefined } : [];
  });
  return [...fresh.map((fileSystem) => ({ fileSystem, asked: false })), ...kept];
}

/** Whether a file system that is read-only now was written before, in this run or earlier. */
function createMemory({ sys }: Roots, queue: readonly Watched[]) {
  const written = new Set(
    queue.flatMap(({ fileSystem: { device, writing } }) => (writing === 'never' ? [] : device)),
  );
  return ({ device, type, options }: Mount): boolean =>
    options.includes('ro') && (written.has(device) || (type === 'ext4' && hasErrors(sys, device)));
}

/** ext4 counts the errors that it met, until it is checked. */
function hasErrors(sys: string, device: string): boolean {
  try {
    const name = basename(readlinkSync(join(sys, 'dev/block', device)));
    const count = attempt(() => readText(join(sys, 'fs/ext4', name, 'errors_count')));
    return 'value' in count && (parseCount(count.value?.trim()) ?? 0) > 0;
  } catch {
    return false;
  }
}

/** % of each file system that can be written or could be, and of each pool. */
function sharesOf(queue: readonly Watched[]): number[] {
  const pools = new Map<string, Watched[]>();
  const shares: number[] = [];
  for (const watched of queue) {
    const { fileSystem, stats } = watched;
    if (fileSystem.pool !== undefined) {
      const pool = pools.get(fileSystem.pool);
      if (pool) pool.push(watched);
      else pools.set(fileSystem.pool, [watched]);
    }
    const counts = fileSystem.pool === undefined || fileSystem.writing !== 'never';
    const share = counts && stats ? usedShare(stats) : undefined;
    if (share !== undefined) shares.push(share);
  }
  for (const all of pools.values()) {
    if (all.every(({ fileSystem }) => fileSystem.writing === 'never')) continue;
    const share = poolShare(all.flatMap(({ stats }) => stats ?? []));
    if (share !== undefined) shares.push(share);
  }
  return shares;
}

function remarkOn({ fileSystem: { name, writing }, problem }: Watched, remarks: string[]): void {
  if (problem !== undefined) remarks.push(problem);
  if (writing === 'lost') remarks.push(lostText(name));
}
