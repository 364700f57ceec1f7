// Which process keeps the files of an id in a data folder: two of one id there would write into one
// database, and neither need hear of the other. A file beside the database names the process, by
// what no later process has in common with it: so one that was killed keeps nobody from starting.
// Where the system does not tell that (no /proc, or a runtime that may not read it), nothing is
// claimed.

import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  const holder = take(path, own);
  if (holder !== undefined) throw heldProblem(id, data, holder);
  return {
    async close() {
      if (read(path) === own) quietly(() => rmSync(path, { force: true }));
    },
  };
}

/** Answers which process has it instead, if one has. */
function take(path: string, own: string): number | undefined {
  if (put(path, own)) return undefined;
  const holder = holderOf(path, own);
  if (holder !== undefined) return holder;
  // Of several that find what a killed process left one at a time looks again, and puts it aside.
  const turn = `${path}.turn`;
  if (!put(turn, own)) {
    const other = holderOf(turn, own);
    if (other !== undefined) return other;
  }
  const sooner = holderOf(path, own);
  if (sooner === undefined) {
    quietly(() => rmSync(path, { force: true }));
    put(path, own);
  }
  quietly(() => rmSync(turn, { force: true }));
  return sooner;
}

/** The process that runs and put its mark there, unless it is this one. */
function holderOf(path: string, own: string): number | undefined {
  const known = read(path);
  const holder = Number.parseInt(known ?? '', 10);
  // Nodes of one process hear of one another otherwise.
  return known !== undefined && known !== own && known === markOf(holder) ? holder : undefined;
}

/** False when there is such a file, and where none can be made: storing then says why. */
function put(path: string, mark: string): boolean {
  const whole = `${path}.${process.pid}`;
  // Linked when it is whole: nobody reads half of it.
  const isPut = quietly(() => {
    writeFileSync(whole, mark, { mode: 0o600 });
    linkSync(whole, path);
  });
  quietly(() => rmSync(whole, { force: true }));
  return isPut;
}

/**
 * Process, ticks of its start and which start of the machine; undefined when it runs no more, or
 * that is not known. Another container's process of that number has other ticks.
 */
function markOf(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The name before may hold any characters.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, ticks] = [fields?.[0], fields?.[STARTED_FIELD]];
  if (ticks === undefined || state === 'Z' || state === 'X') return undefined;
  return `${pid} ${ticks} ${read('/proc/sys/kernel/random/boot_id')?.trim() ?? ''}\n`;
}

/** Of `stat`, counted from the state. */
const STARTED_FIELD = 19;

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function quietly(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

const heldProblem = (id: string, data: string, pid: number): OperatingError =>
  new OperatingError(
    'id_taken',
    `A node called ${id} stores in folder ${data} already, process ${pid}; give this one another ` +
      '--id, or stop the other first.',
  );
