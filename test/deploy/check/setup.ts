// Before all checks: is there what they need? After them: nothing they started is left.

import { spawnSync } from 'node:child_process';
import { removeAll } from './engine.ts';

/** Programs and Debian's packages that have them; the engine's parts are found by itself. */
const NEEDED: Readonly<Record<string, string>> = {
  podman: 'podman',
  runc: 'runc',
  debootstrap: 'debootstrap',
  iptables: 'iptables',
};
const PARTS = ['netavark', 'aardvark-dns', 'podman-compose', 'shellcheck'];

export async function setup(): Promise<() => Promise<void>> {
  const missing = Object.keys(NEEDED).filter(
    (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0,
  );
  if (missing.length > 0 || process.getuid?.() !== 0) {
    const packages = [...Object.values(NEEDED), ...PARTS].join(' ');
    throw new Error(
      'These checks need root and a container engine ' +
        `(missing here: ${missing.join(', ') || 'root'}); ` +
        `on Debian: apt-get install --no-install-recommends ${packages}`,
    );
  }
  await removeAll();
  return removeAll;
}
