// Asks file systems for their use without ever waiting for a hung one, and without letting hung
// ones take the threads that all other file access needs.

import { stat, statfs } from 'node:fs';

/** In blocks of the file system's own size. */
export interface FileSystemStats {
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  /** Bytes of a block; where absent, all file systems have the same. */
  readonly bsize?: number;
}

export type Ask<Answer> = (
  path: string,
  done: (error: NodeJS.ErrnoException | null, answer: Answer) => void,
) => void;

export type StatFileSystem = Ask<FileSystemStats>;
/** `major:minor` of what lies at a path, as the mount table writes it. */
export type StatDevice = Ask<string>;

export const statFileSystem: StatFileSystem = statfs;

export const statDevice: StatDevice = (path, done) =>
  stat(path, (error, stats) => done(error, error ? '' : deviceName(stats.dev)));

export type StatAnswer<Answer> =
  | { readonly outcome: 'answer'; readonly answer: Answer }
  | { readonly outcome: 'error'; readonly code: string | undefined; readonly problem: string }
  /** `unasked`: too many others hang. */
  | { readonly outcome: 'hung' | 'unasked'; readonly problem: string };

/** A hung call holds one of the four threads that Node has for files until the kernel lets go. */
const MAX_HUNG = 2;

/** The reader asks for one path at a time, so that calls in the dark number `MAX_HUNG` at most. */
export function createStatReader(withinMs: number) {
  const hung = new Set<string>();

  return <Answer>(path: string, ask: Ask<Answer>): Promise<StatAnswer<Answer>> => {
    if (hung.has(path)) return Promise.resolve(HUNG);
    if (hung.size >= MAX_HUNG) {
      const problem = `is not asked while ${[...hung].join(' and ')} hang`;
      return Promise.resolve({ outcome: 'unasked', problem });
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        hung.add(path);
        resolve(HUNG);
      }, withinMs);
      ask(path, (error, answer) => {
        clearTimeout(timer);
        hung.delete(path);
        resolve(error ? failed(error) : { outcome: 'answer', answer });
      });
    });
  };
}

const HUNG = { outcome: 'hung', problem: 'does not answer' } as const;

function failed({ code, message }: NodeJS.ErrnoException) {
  return { outcome: 'error', code, problem: `cannot be asked (${code ?? message})` } as const;
}

/** As Linux packs both numbers into one of 64 bits; the lower 32 have all that is common. */
export function deviceName(device: number): string {
  const high = Math.floor(device / 2 ** 32);
  const major = ((device >>> 8) & 0xfff) + (high & 0xfffff000);
  const minor = (device & 0xff) + ((device >>> 12) & 0xfff00);
  return `${major}:${minor}`;
}
