import { chown, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readText, type Tree } from '../support.ts';
import { podman, removeAll, STORE, tryPodman } from './engine.ts';
import { buildImage, SECRET, until, untilMembers } from './nodes.ts';

const FLY = parse(readText('deploy/fly.toml')) as Tree;
const IMAGE = 'localhost/priomon-fly';
const VOLUMES = join(STORE, 'fly');
const PORT = 4_000;

const options = (variables: Tree): string[] =>
  Object.entries(variables).flatMap(([name, value]) => ['--env', `${name}=${value}`]);

/**
 * A machine as fly starts one: the image's own user, variables of the machine and of the file, the
 * secret, a volume that is root's, IPv6 between machines, and a name for all of them.
 */
async function startMachine(name: string, address: string): Promise<void> {
  const volume = join(VOLUMES, name);
  await mkdir(volume, { recursive: true });
  await chown(volume, 0, 0);
  const machine = { FLY_MACHINE_ID: name, FLY_PRIVATE_IP: address, FLY_REGION: 'fra' };
  await podman(
    ['run', '--detach', '--name', name, '--network', 'six', '--ip6', address]
      .concat(['--network-alias', `${FLY.app}.internal`])
      .concat(['--volume', `${volume}:/var/lib/priomon`])
      .concat(options({ ...machine, ...(FLY.env as Tree), PRIOMON_SECRET: SECRET }))
      .concat(IMAGE),
  );
}

describe('deploy/fly.toml and its stage of the Dockerfile', () => {
  beforeAll(async () => {
    await buildImage('fly', IMAGE);
    await podman(['network', 'create', '--ipv6', '--subnet', 'fdaa:0:18::/64', 'six']);
    await startMachine('machine-a', 'fdaa:0:18::a');
    await startMachine('machine-b', 'fdaa:0:18::b');
  });
  afterAll(async () => {
    await removeAll();
    await rm(VOLUMES, { recursive: true, force: true });
  });

  it('lets machines find one another by the name of the app, over IPv6 alone', async () => {
    await untilMembers('machine-a', ['machine-a alive', 'machine-b alive'], PORT);
    await untilMembers('machine-b', ['machine-a alive', 'machine-b alive'], PORT);
  });

  it('finds a machine that is added later', async () => {
    await startMachine('machine-c', 'fdaa:0:18::c');
    const all = ['machine-a alive', 'machine-b alive', 'machine-c alive'];
    await untilMembers('machine-a', all, PORT);
  });

  it('starts as root for the owner of the volume, and keeps no right of it', async () => {
    const status = await podman(['exec', 'machine-a', 'cat', '/proc/1/status']);
    expect(status).toMatch(/^Uid:\s+10001\s+10001\s/m);
    expect(status).toMatch(/^Gid:\s+10001\s+10001\s/m);
    expect(status).toMatch(/^Cap(Eff|Prm|Bnd):\s+0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    const kept = await podman(['exec', 'machine-a', 'ls', '-ln', '/var/lib/priomon']);
    expect(kept).toMatch(/10001\s+10001 .*machine-a\.db/);
  });

  it('is found alive by the check of the file', async () => {
    const { path, port } = (FLY.checks as { alive: Tree }).alive;
    const url = `http://127.0.0.1:${port}${path}`;
    const ask = `fetch('${url}').then(({ ok }) => process.exit(ok ? 0 : 1))`;
    expect((await tryPodman(['exec', 'machine-b', 'node', '-e', ask])).code).toBe(0);
  });

  it('comes back as itself at another address', async () => {
    await podman(['stop', '--time', '10', 'machine-b']);
    await untilMembers('machine-a', ['machine-a alive', 'machine-b left', 'machine-c alive'], PORT);
    await podman(['rm', 'machine-b']);
    await startMachine('machine-b', 'fdaa:0:18::bb');
    const all = ['machine-a alive', 'machine-b alive', 'machine-c alive'];
    await until(
      () => untilMembers('machine-a', all, PORT),
      () => true,
    );
  });
});
