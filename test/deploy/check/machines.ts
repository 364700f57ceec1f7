// Machines with systemd, as containers: what install.sh is run on.

import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../support.ts';
import { MACHINE, machine } from './bases.ts';
import { podman, type Ran, run, STORE, tryPodman } from './engine.ts';
import { until } from './nodes.ts';

const BUNDLES = join(STORE, 'bundles');
export const INSTALLED = '/opt/priomon/current/deploy/vm';

/** Bundles lie below /bundles on every machine, the checkout at /checkout. */
const SOURCES = ['--volume', `${BUNDLES}:/bundles:ro`, '--volume', `${ROOT}:/checkout:ro`];

export async function startMachine(name: string, ...words: string[]): Promise<void> {
  await machine();
  await podman(
    ['run', '--detach', '--name', name, '--hostname', name, '--network', 'check']
      .concat(['--privileged', '--systemd=always'], SOURCES)
      .concat(words.length > 0 ? words : [MACHINE]),
  );
  await until(
    () => on(name, 'systemctl', 'is-system-running'),
    ({ out }) => ['running', 'degraded'].includes(out),
    60_000,
  );
}

/** A machine on which nothing else runs, systemd neither. */
export async function startBare(name: string): Promise<void> {
  await podman(
    ['run', '--detach', '--name', name, '--network', 'check', ...SOURCES].concat([
      await machine(),
      'sleep',
      'infinity',
    ]),
  );
}

export const on = (name: string, ...words: string[]): Promise<Ran> =>
  tryPodman(['exec', name, ...words]);

/** Standard output; rejects when it failed. */
export async function done(name: string, ...words: string[]): Promise<string> {
  const { code, out, problem } = await on(name, ...words);
  if (code === 0) return out;
  throw new Error(`on ${name}, ${words.join(' ')} ended with ${code}: ${problem || out}`);
}

/** Makes the bundle of this checkout, as somebody with npm does for machines without it. */
export async function makeBundle(name: string): Promise<void> {
  await rm(BUNDLES, { recursive: true, force: true });
  await mkdir(join(BUNDLES, name), { recursive: true });
  const file = join(BUNDLES, 'bundle.tar.gz');
  const made = await run(join(ROOT, 'deploy/vm/install.sh'), ['--bundle', file]);
  if (made.code !== 0) throw new Error(`no bundle: ${made.problem || made.out}`);
  await run('tar', ['-C', join(BUNDLES, name), '--strip-components=1', '-xzf', file]);
}

/** Another version: the same, called otherwise, with one file changed. */
export async function alterBundle(
  from: string,
  version: string,
  change: (text: string) => string = (text) => text,
): Promise<void> {
  const folder = join(BUNDLES, version);
  await cp(join(BUNDLES, from), folder, { recursive: true, verbatimSymlinks: true });
  await writeFile(join(folder, '.version'), `${version}\n`);
  const program = join(folder, 'node/cli/node.ts');
  await writeFile(program, change(await readFile(program, 'utf8')));
}

export const install = (name: string, bundle: string, ...words: string[]): Promise<Ran> =>
  on(name, `/bundles/${bundle}/deploy/vm/install.sh`, ...words);

/** Of the service's process. */
export const pidOf = (name: string): Promise<string> =>
  done(name, 'systemctl', 'show', '--property=MainPID', '--value', 'priomon');
