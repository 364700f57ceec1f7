// The last commit that spoke the version of the wire before this one, unpacked from the project's
// own history with the project's packages: what a fleet runs that is not upgraded yet.

import { execFile } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { newFolder, ROOT } from './commands.ts';

const COMMIT = '7386225f6b359fbb97a18c18da08e86d4019e07c';

const execute = promisify(execFile);

/** Undefined when it can be unpacked here. */
export async function whyNoReleaseBefore(): Promise<string | undefined> {
  try {
    await execute('git', ['cat-file', '-e', `${COMMIT}^{commit}`], { cwd: ROOT });
    await execute('tar', ['--version']);
    return undefined;
  } catch {
    const commit = COMMIT.slice(0, 7);
    return `git and tar find no release before (${commit}) here, as in a shallow clone`;
  }
}

/** The program of its `npm run node`. */
export async function unpackReleaseBefore(): Promise<string> {
  const folder = join(await newFolder(), 'release');
  const archive = `${folder}.tar`;
  await mkdir(folder);
  const paths = ['package.json', 'node'];
  await execute('git', ['archive', `--output=${archive}`, COMMIT, ...paths], { cwd: ROOT });
  await execute('tar', ['-xf', archive, '-C', folder]);
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return join(folder, 'node/cli/node.ts');
}
