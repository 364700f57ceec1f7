// What a test needs and this machine lacks: who skips says why, and the last lines of the run tell.

import { existsSync } from 'node:fs';
import type { TestOptions } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** Why a test or a group is skipped, or shows less; `test/support/skipped.ts` tells it. */
    lacks?: string;
  }
}

/** Options of a test or a group that is skipped when `what` says what is lacking. */
export const lacking = (what: string | undefined): TestOptions =>
  what === undefined ? {} : { skip: true, meta: { lacks: what } };

/** Options of a test that runs all the same, in a way that shows less. */
export const showsLess = (what: string | undefined): TestOptions =>
  what === undefined ? {} : { meta: { lacks: what } };

/** `what` where it is lacking, for `lacking`. */
export const unless = (isThere: boolean, what: string): string | undefined =>
  isThere ? undefined : what;

export const NEEDS_LINUX = lacking(unless(process.platform === 'linux', 'this is not Linux'));

/** For tests that look which processes there are. */
export const NEEDS_PROC = lacking(unless(existsSync('/proc/self/stat'), 'there is no /proc here'));
