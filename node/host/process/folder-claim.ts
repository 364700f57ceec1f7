// Which process keeps the files of an id in a data folder: two of one id there would write into one
// database, and neither need hear of the other. A file beside the database names the process, by
// what no later process has in common with it: so one that was killed keeps no node from starting.
// Where the system does not tell that (no /proc, or a runtime that may not read it), nothing is
// claimed.

import { readFileSync } from 'node:fs';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatingError } from '../../errors.ts';
import type { Part } from './ending.ts';

/** Beside the database; gone when its process has ended well. */
export const claimOf = (id: string, data: string): string => join(data, `${id}.lock`);

const NOTHING: Part = { close: async () => {} };

/** Rejects with an OperatingError when another process that runs has it. */
export async function claimFolder(id: string, data: string): Promise<Part> {
  const path = claimOf(id, data);
  const own = markOf(process.pid);
  if (own === undefined) return NOTHING;
  const holder = await inTime(take(path, own));
  if (holder !== undefined) throw heldProblem(id, data, holder);
  return { close: () => inTime(release(path, own)) };
}

/** A volume that hangs keeps no node from starting or ending; the store tells of it. */
const PATIENCE_MS = 2_000;

const inTime = <Result>(work: Promise<Result>): Promise<Result | undefined> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });

async function release(path: string, own: string): Promise<void> {
  if ((await read(path)) === own) await quietly(rm(path, { force: true }));
}

/** Answers which process has it instead, if one has. */
async function take(path: string, own: string): Promise<number | undefined> {
  if (await put(path, own)) return undefined;
  const holder = await holderOf(path, own);
  if (holder !== undefined) return holder;
  // Of several that find what a killed process left one at a time looks again, and puts it aside.
  const turn = `${path}.turn`;
  if (!(await put(turn, own))) {
    const other = await holderOf(turn, own);
    if (other !== undefined) return other;
  }
  const sooner = await holderOf(path, own);
  if (sooner === undefined) {
    await quietly(rm(path, { force: true }));
    await put(path, own);
  }
  await quietly(rm(turn, { force: true }));
  return sooner;
}

/** The process that runs and put its mark there, unless it is this one. */
async function holderOf(path: string, own: string): Promise<number | undefined> {
  const known = await read(path);
  const holder = Number.parseInt(known ?? '', 10);
  // Nodes of one process hear of one another otherwise.
  return known !== undefined && known !== own && known === markOf(holder) ? holder : undefined;
}

/** False when there is such a file, and where none can be made: storing then says why. */
async function put(path: string, mark: string): Promise<boolean> {
  const whole = `${path}.${process.pid}`;
  // Linked when it is whole: nobody reads half of it.
  const isPut =
    (await quietly(writeFile(whole, mark, { mode: 0o600 }))) && (await quietly(link(whole, path)));
  await quietly(rm(whole, { force: true }));
  return isPut;
}

/**
 * Process, ticks of its start and which start of the machine; undefined when it runs no more, or
 * that is not known. Another container's process of that number has other ticks.
 */
function markOf(pid: number): string | undefined {
  const stat = readSystem(`/proc/${pid}/stat`);
  // The name before may hold any characters.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, ticks] = [fields?.[0], fields?.[STARTED_FIELD]];
  if (ticks === undefined || state === 'Z' || state === 'X') return undefined;
  return `${pid} ${ticks} ${readSystem('/proc/sys/kernel/random/boot_id')?.trim() ?? ''}\n`;
}

/** Of `stat`, counted from the state. */
const STARTED_FIELD = 19;

/** Files that no disk holds up. */
function readSystem(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

const read = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').catch(() => undefined);

const quietly = (work: Promise<void>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

const heldProblem = (id: string, data: string, pid: number): OperatingError =>
  new OperatingError(
    'id_taken',
    `A node called ${id} stores in folder ${data} already, process ${pid}; give this one another ` +
      '--id, or stop the other first.',
  );
