// A driver that cannot be read where a process has no file left to open: in a process of its own,
// whose files run out while the driver is on its way.

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { NEEDS_LINUX } from '../../support/lacking.ts';
import { temporaryFolder } from '../support.ts';

const folder = temporaryFolder();

const SYSTEM = pathToFileURL(resolve('node/storage/thread/system.ts')).href;
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
