// Files of /proc and /sys that another file system stands in for: lxcfs in LXC, or whatever lies at
// another machine's root. The kernel's own are read at once, as it answers at once. What stands in
// may hang. It is read ahead in another thread, and the probe then takes it from memory.

import { open, readdir } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { OperatingError } from '../../errors.ts';
import type { Probe, Reading } from '../../ports.ts';
import { type Ask, createAsking } from './asking.ts';
import { type Mount, parseMount } from './file-systems/mounts.ts';
import { readLines } from './lines.ts';
import { MAX_FILE_BYTES, type ReadAhead, tooLong, withReadAhead } from './text.ts';

/** What a probe reads: a text, or a table too long to keep, or a folder that it looks around in. */
export interface Place {
  readonly path: string;
  /** Of the last two it is only made sure that they answer. */
  readonly kind: 'text' | 'table' | 'folder';
}

/** A probe that reads files of the kernel at once. */
export interface KernelProbe extends Probe {
  readonly reads: readonly Place[];
}

interface StandIn extends Place {
  /** Of the file system. */
  readonly type: string;
}

export interface ReadingAheadOptions {
  /** The mounts of this process, which only the kernel itself writes. */
  readonly mountTable?: string;
  readonly answerWithinMs?: number;
}

const CHUNK_BYTES = 16 * 1024;
const OWN_MOUNTS = '/proc/self/mountinfo';
const MAX_MOUNTS_BYTES = 64 * 1024 * 1024;
/** Less than a sample waits for, so that the sentence that names the file is the one told. */
const ANSWER_WITHIN_MS = 600;
/** Of the four threads for files, the storage probe may leave two with hung disks. */
const MAX_HUNG = 1;

const OF_KERNEL: ReadonlySet<string> = new Set(['proc', 'sysfs', 'cgroup', 'cgroup2']);
/** The folder of all cgroups of version 1 lies in memory, and they are mounted in it. */
const OF_KERNEL_FOLDERS: ReadonlySet<string> = new Set([...OF_KERNEL, 'tmpfs']);

/** For the probes of one machine: for all of them together one file at a time is read ahead. */
export function createReadingAhead(options: ReadingAheadOptions = {}) {
  const { mountTable = OWN_MOUNTS, answerWithinMs = ANSWER_WITHIN_MS } = options;
  const readAhead = createReadAhead(answerWithinMs);
  const places: Place[] = [];
  let mounts: Promise<readonly Mount[]> | undefined;

  return (probe: KernelProbe): Probe => {
    places.push(...probe.reads);
    /** Undefined until it is known. */
    let standIns: readonly StandIn[] | undefined;
    const collectLater = async (nowMs: number): Promise<readonly Reading[]> => {
      mounts ??= readOwnMounts(mountTable, places);
      standIns ??= findStandIns(probe.reads, await mounts);
      if (standIns.length === 0) return probe.collect(nowMs);
      const texts = await readAhead(standIns);
      return withReadAhead(texts, () => probe.collect(nowMs));
    };
    return {
      ...probe,
      collect: (nowMs) => (standIns?.length === 0 ? probe.collect(nowMs) : collectLater(nowMs)),
    };
  };
}

/** Reads all files in turn. Rejects with an OperatingError that names the one that hangs. */
function createReadAhead(withinMs: number) {
  const ask = createAsking(withinMs, MAX_HUNG);
  let turn: Promise<unknown> = Promise.resolve();

  const readAll = async (all: readonly StandIn[]): Promise<ReadonlyMap<string, ReadAhead>> => {
    const texts = new Map<string, ReadAhead>();
    for (const { path, kind, type } of all) {
      const answer = await ask(path, ASKS[kind]);
      if (answer.outcome !== 'answer') {
        const fix = `mend the file system that it lies on (${type})`;
        throw new OperatingError('probe_hung', `${path} ${answer.problem}; ${fix}`);
      }
      if (answer.answer !== undefined) texts.set(path, answer.answer);
    }
    return texts;
  };

  return (all: readonly StandIn[]): Promise<ReadonlyMap<string, ReadAhead>> => {
    const texts = turn.then(() => readAll(all));
    turn = texts.catch(() => undefined);
    return texts;
  };
}

/** That a file cannot be read is an answer, which the probe is told when it reads it. */
const readWhole: Ask<ReadAhead> = (path, done) => {
  readToEnd(path).then(
    (text) => done(null, { text }),
    (cause: unknown) => done(null, { cause }),
  );
};

async function readToEnd(path: string): Promise<string> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  const decoder = new StringDecoder('utf8');
  const file = await open(path, 'r');
  try {
    for (let text = ''; ; ) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return text;
      text += decoder.write(buffer.subarray(0, bytesRead));
      if (text.length > MAX_FILE_BYTES) throw tooLong(path);
    }
  } finally {
    await file.close();
  }
}

/** What came of it does not matter here, only that something came. */
const waitFor =
  (look: (path: string) => Promise<unknown>): Ask<undefined> =>
  (path, done) => {
    const end = (): void => done(null, undefined);
    look(path).then(end, end);
  };

const ASKS: Readonly<Record<Place['kind'], Ask<ReadAhead | undefined>>> = {
  text: readWhole,
  table: waitFor((path) => readLines(path, 1, () => true)),
  folder: waitFor((path) => readdir(path)),
};

/**
 * The mounts that places lie in. None where the table cannot be read: then every file counts as
 * stood in for, which is safe.
 */
async function readOwnMounts(path: string, places: readonly Place[]): Promise<readonly Mount[]> {
  const mounts: Mount[] = [];
  const keep = (line: string): false => {
    const mount = parseMount(line);
    if (places.some((place) => contains(mount.path, place.path))) mounts.push(mount);
    return false;
  };
  const extent = await readLines(path, MAX_MOUNTS_BYTES, keep).catch(() => undefined);
  return extent === undefined ? [] : mounts;
}

/** Those of `places` that lie on another file system than the kernel's own. Pure. */
export function findStandIns(places: readonly Place[], mounts: readonly Mount[]): StandIn[] {
  return places.flatMap((place) => {
    let mount: Mount | undefined;
    // The order of mounting tells nothing, for a system that starts moves mounts; of two at one
    // path the later hides the earlier.
    for (const one of mounts) {
      if (!contains(one.path, place.path)) continue;
      if (mount === undefined || one.path.length >= mount.path.length) mount = one;
    }
    const type = mount?.type ?? 'unknown';
    const isOfKernel = (place.kind === 'folder' ? OF_KERNEL_FOLDERS : OF_KERNEL).has(type);
    return isOfKernel ? [] : { ...place, type };
  });
}

const contains = (folder: string, path: string): boolean =>
  folder === '/' || path === folder || path.startsWith(`${folder}/`);
