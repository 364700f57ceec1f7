// What was compiled ahead belongs to the checkout, not to its path.

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'priomon-cache-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The product's own three ways to have code compiled: a process, its child, and its thread. */
const OWN = [
  'node/runtime/compile-cache.mjs',
  'node/host/process/v8-flags.ts',
  'node/storage/thread/start.ts',
];
const PROGRAM = `
import { fork } from 'node:child_process';
import { SMALL_ENVIRONMENT, V8_FLAGS } from './host/process/v8-flags.ts';
import { startWorker } from './storage/thread/start.ts';

const env = { ...process.env, ...SMALL_ENVIRONMENT };
fork(new URL('./child.ts', import.meta.url), { execArgv: [...V8_FLAGS], env });
startWorker(new URL('./thread.ts', import.meta.url), {});
`;

function makeCheckout(path: string): void {
  for (const file of OWN) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    cpSync(file, join(path, file));
  }
  writeFileSync(join(path, 'package.json'), '{"type":"module"}');
  writeFileSync(join(path, 'node/program.ts'), PROGRAM);
  writeFileSync(join(path, 'node/child.ts'), 'const child: number = 1;\nexport { child };\n');
  writeFileSync(join(path, 'node/thread.ts'), 'const thread: number = 2;\nexport { thread };\n');
}

/** The files that were found compiled. */
function foundCompiled(path: string): string[] {
  const started = spawnSync(
    process.execPath,
    ['--import', './node/runtime/compile-cache.mjs', 'node/program.ts'],
    { cwd: path, encoding: 'utf8', env: { PATH: '', NODE_DEBUG_NATIVE: 'COMPILE_CACHE' } },
  );
  expect(started.status, started.stderr).toBe(0);
  const found = started.stderr.matchAll(/cache for ESM .*\/(\w+\.ts) was accepted/g);
  return [...found].map(([, file = '']) => file).sort();
}

it('a checkout that was moved keeps what was compiled, for children and threads too', () => {
  const first = join(folder, 'first');
  makeCheckout(first);
  expect(foundCompiled(first)).toEqual([]);
  // All three keep it in one place.
  expect(existsSync(join(first, 'node/node_modules'))).toBe(false);
  const copy = join(folder, 'elsewhere', 'a copy');
  cpSync(first, copy, { recursive: true });
  expect(foundCompiled(copy)).toEqual(['child.ts', 'program.ts', 'start.ts', 'thread.ts']);
  const moved = join(folder, 'moved');
  renameSync(first, moved);
  expect(foundCompiled(moved)).toEqual(['child.ts', 'program.ts', 'start.ts', 'thread.ts']);
});
