// The end of an installation: loads once whatever nodes and commands load, so that the first start
// is as fast, and as small, as any later one. Never fails: all works without it, only slower.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const CACHE = new URL('./compile-cache.mjs', import.meta.url).href;
const DRIVER = import.meta.resolve('@libsql/client/sqlite3');

/** Runs a program to its end; what it compiled stays. */
async function load(flags, file, ...words) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, ['--import', CACHE, ...flags, path, ...words], {
    stdio: 'ignore',
  });
  await once(child, 'exit');
}

try {
  // A runtime that cannot read TypeScript fails here; npm has warned of it by then.
  const { V8_FLAGS } = await import('../host/process/v8-flags.ts');
  await Promise.all([
    load([], '../cli/nodes.ts', '--help'),
    load([], '../cli/query.ts', '--help'),
    load([], '../cli/experiment.ts', '--help'),
    load([], '../cli/results.ts', '--help'),
    load(['--import', DRIVER], '../storage/thread/entry.ts'),
    load(['--import', DRIVER], '../storage/results/worker-entry.ts'),
    load(V8_FLAGS, '../cli/node.ts', '--help'),
    load(V8_FLAGS, './node.ts'),
    load(V8_FLAGS, '../experiment/emulation/child.ts'),
    load([...V8_FLAGS, '--import', DRIVER], '../storage/thread/entry.ts'),
    load([...V8_FLAGS, '--import', DRIVER], '../storage/thread/reader-entry.ts'),
  ]);
} catch (error) {
  console.warn(`Nothing was compiled ahead: ${error.message}`);
}
