// How the runtime is told to be small.

import { fileURLToPath } from 'node:url';

/**
 * A node works a few milliseconds a second: compilers cost it more memory than they ever save it
 * time, and its garbage fits a small young generation. Together some 20 MB a process; twenty
 * processes start no slower. The script `node` in package.json has the same flags, and so what
 * either compiled serves both.
 */
export const V8_FLAGS: readonly string[] = [
  '--max-semi-space-size=1',
  '--max-old-space-size=512',
  '--optimize-for-size',
  '--no-opt',
  '--no-maglev',
  '--no-sparkplug',
];

/** Of a child process: it finds what was compiled, as `runtime/compile-cache.mjs` has it. */
export const SMALL_ENVIRONMENT: Readonly<Record<string, string>> = {
  NODE_COMPILE_CACHE: fileURLToPath(
    new URL('../../../node_modules/.cache/priomon', import.meta.url),
  ),
  NODE_COMPILE_CACHE_PORTABLE: '1',
  // One arena of native memory instead of one a thread: some 10 MB.
  MALLOC_ARENA_MAX: '1',
};
