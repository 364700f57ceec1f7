// Asks file systems for their use without ever waiting for a hung one, and without letting hung
// ones take the threads that all other file access needs.

import { statfs } from 'node:fs';

/** In blocks of the file system's own size. */
export interface FileSystemStats {
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
}

export type StatFileSystem = (
  path: string,
  done: (error: NodeJS.ErrnoException | null, stats: FileSystemStats) => void,
) => void;

export type StatAnswer =
  | { readonly outcome: 'stats'; readonly stats: FileSystemStats }
  | { readonly outcome: 'error' | 'hung'; readonly problem: string };

/** A hung call holds one of the four threads that Node has for files until the kernel lets go. */
const MAX_HUNG = 2;

/** The reader asks for one path at a time, so that calls in the dark number `MAX_HUNG` at most. */
export function createStatReader(withinMs: number, stat: StatFileSystem = statfs) {
  const hung = new Set<string>();

  return (path: string): Promise<StatAnswer> => {
    if (hung.has(path)) return Promise.resolve(silent('has not answered yet'));
    if (hung.size >= MAX_HUNG) {
      return Promise.resolve(silent(`is not asked while ${[...hung].join(' and ')} hang`));
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        hung.add(path);
        resolve(silent(`did not answer within ${withinMs} ms`));
      }, withinMs);
      stat(path, (error, stats) => {
        clearTimeout(timer);
        hung.delete(path);
        if (!error) resolve({ outcome: 'stats', stats });
        else
          resolve({
            outcome: 'error',
            problem: `cannot be asked (${error.code ?? error.message})`,
          });
      });
    });
  };
}

function silent(problem: string): StatAnswer {
  return { outcome: 'hung', problem: `${problem}; look at its disk or unmount it` };
}
