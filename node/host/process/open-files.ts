// How many files this process may open, and what a node does with them: a connection is one too,
// and a system that has none left ends newcomers without a word, and keeps the store from its
// database.

import { OperatingError } from '../../errors.ts';

/** Connections that are refused with an answer, at once. */
export const REFUSALS = 8;
/**
 * For itself: threads, pipes and the database take 46 while somebody asks for history, and probes
 * and lookups of names some more. Where there are none left its driver may end the whole process.
 */
const OWN = 56 + REFUSALS;
/** With fewer there is no room for 16 callers and as many calls. */
const LEAST = OWN + 32;

export interface FileShares {
  /** Connections of callers. */
  readonly callers: number;
  /** Connections that are kept to peers, and calls to them that are under way. */
  readonly kept: number;
  readonly calls: number;
}

/** Infinity where that is not known. */
export function mayOpen(): number {
  try {
    const limits = process.getBuiltinModule('node:fs').readFileSync('/proc/self/limits', 'utf8');
    const [, files] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
    return Number(files ?? Infinity);
  } catch {
    // Not Linux, or not for this process to read.
    return Infinity;
  }
}

/** Half of what is left for callers, half for calls. */
export function sharesOf(files: number): FileShares {
  const half = Math.max(1, Math.floor((files - OWN) / 2));
  const quarter = Math.max(1, Math.floor(half / 2));
  return { callers: Math.min(1_024, half), kept: quarter, calls: Math.min(256, quarter) };
}

/** Throws where a node would run out of files sooner or later. */
export function checkFiles(files: number): void {
  if (files >= LEAST) return;
  throw new OperatingError(
    'few_files',
    `This process may open ${files} files at once, and a node needs ${LEAST}: raise the limit ` +
      '(ulimit -n 1024, or LimitNOFILE= of its service).',
  );
}
