// A driver that cannot be read where a process has no file left to open: in a process of its own,
// whose files run out while the driver is on its way.

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { NEEDS_LINUX } from '../../support/lacking.ts';
import { newFile, temporaryFolder } from '../support.ts';

const folder = temporaryFolder();

const SYSTEM = pathToFileURL(resolve('node/storage/thread/system.ts')).href;
const WORKER = pathToFileURL(resolve('node/storage/thread/worker.ts')).href;
/** A part of the driver is looked for when nothing can be opened any more. */
const SCRIPT = `
  import { openSync } from 'node:fs';
  import Module from 'node:module';
  import { loadDriver } from '${SYSTEM}';
  const load = Module._load;
  Module._load = function (name, ...rest) {
    if (name === '@neon-rs/load') try { for (;;) openSync('/dev/null'); } catch {}
    return load.call(this, name, ...rest);
  };
  await loadDriver('file:x.db').catch(({ code, message }) => console.log(code, message));
`;

it('a driver that found no file to open is not said to be missing', NEEDS_LINUX, async () => {
  const script = join(folder, 'load.mjs');
  await writeFile(script, SCRIPT);
  const limited = ['-c', 'ulimit -n 64; exec "$0" "$@"', process.execPath, script];
  const { stdout } = await promisify(execFile)('sh', limited);
  expect(stdout).toMatch(
    /^store_driver The libSQL driver does not load here \(.*files\.\); the node/,
  );
  expect(stdout).toContain('raise its limit (ulimit -n');
  expect(stdout).not.toContain('npm install');
});

/** In its first storage thread a part of the driver finds no file to open; then there are again. */
const ONCE = `
  import { Worker } from 'node:worker_threads';
  import { createWorkerStores } from '${WORKER}';
  const [url, spool] = process.argv.slice(2);
  const lacks = \`
    const Module = require('node:module');
    const load = Module._load;
    Module._load = function (name, ...rest) {
      if (name === '@neon-rs/load') throw new Error('EMFILE: too many open files');
      return load.call(this, name, ...rest);
    };
  \`;
  const entry = new URL('./entry.ts', '${WORKER}');
  let started = 0;
  const startThread = () => {
    started += 1;
    if (started > 1) return new Worker(entry);
    return new Worker(lacks + 'import(' + JSON.stringify(entry.href) + ')', { eval: true });
  };
  const stores = createWorkerStores({ startThread, restartMs: 300, postMs: 20 });
  const store = await stores.open({
    url, retentionMs: 1e12, maxBytes: 1e7, flushMs: 20,
    ...(spool && { spool: { url: spool, maxBytes: 1e7 } }),
  });
  console.log(store.health().problem);
  store.recordEvents([
    { node: 'n2', generation: 1, status: 'alive', address: '', atMs: 1_000 },
  ]);
  for (let i = 0; i < 250; i++) {
    const { state, writtenRows, spooledRows = 0 } = store.health();
    if (writtenRows + spooledRows === 1) { console.log('stored', started); break; }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await stores.close();
`;

it.each([
  ['file', (file: string) => [file]],
  ['file where rows wait for a server', (file: string) => ['http://127.0.0.1:9', file]],
])('a store on a %s tries again in a new thread when files are short', async (_, argumentsOf) => {
  const script = join(folder, 'store.mjs');
  await writeFile(script, ONCE);
  const limited = [script, ...argumentsOf(newFile(folder).url)];
  const { stdout } = await promisify(execFile)(process.execPath, limited);
  const [problem, stored] = stdout.split('\n');
  expect(problem).toMatch(/^The storage thread stopped \(The libSQL driver .*EMFILE.*ulimit -n/);
  expect(problem).toMatch(/service\)\); it starts again in 0.3 s, and samples are not stored/);
  expect(stored).toBe('stored 2');
});
