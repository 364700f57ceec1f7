import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../support.ts';
import { node as nodeImage, registryAccess } from './bases.ts';
import { podman, removeAll, tryPodman } from './engine.ts';
import {
  alterBundle,
  done,
  INSTALLED,
  install,
  makeBundle,
  on,
  pidOf,
  startBare,
  startMachine,
} from './machines.ts';
import { ask, stateOf, until, untilMembers } from './nodes.ts';

const BOTH = ['vm-1 alive', 'vm-2 alive'];

/** On the machine: starts the service and asks it every 5 ms; prints ms until it was ready. */
const TIME_TO_READY = `
  const { execFileSync } = require('node:child_process');
  execFileSync('systemctl', ['stop', 'priomon']);
  const startedAt = performance.now();
  execFileSync('systemctl', ['start', 'priomon']);
  const ask = () => fetch('http://127.0.0.1:4001/readyz').then(({ ok }) => ok, () => false);
  (async () => {
    while (!(await ask())) await new Promise((resolve) => setTimeout(resolve, 5));
    console.log(Math.round(performance.now() - startedAt));
  })();
`;

interface Ready {
  readonly checks: Readonly<Record<string, { readonly problems: readonly string[] }>>;
}

const current = (name: string): Promise<string> => done(name, 'readlink', '/opt/priomon/current');

describe('install.sh on a machine with systemd', () => {
  beforeAll(async () => {
    await podman(['network', 'create', 'check']);
    await makeBundle('first');
    await alterBundle('first', 'second');
    await alterBundle('first', 'broken', () => "throw new Error('broken on purpose');\n");
    await startMachine('vm-1');
    await startMachine('vm-2');
  });
  afterAll(removeAll);

  it('from a checkout where npm is missing says how to go on, and leaves nothing', async () => {
    const { code, problem } = await on('vm-1', '/checkout/deploy/vm/install.sh');
    expect(code).toBe(1);
    expect(problem).toContain('npm is missing');
    expect(problem).toContain('install.sh --bundle');
    expect(await done('vm-1', 'ls', '/opt/priomon')).toBe('');
  });

  it('from a bundle needs no npm and no network, and waits until the node lives', async () => {
    const { code, out, problem } = await install('vm-1', 'first');
    expect(problem).toBe('');
    expect(code).toBe(0);
    expect(out).toContain('The node lives: http://127.0.0.1:4001');
    expect(await done('vm-1', 'systemctl', 'is-enabled', 'priomon')).toBe('enabled');
    expect(await done('vm-1', 'stat', '-c', '%a %U:%G', '/etc/priomon/secret')).toBe(
      '640 root:priomon',
    );
  });

  it('runs it with no right at all, and it measures and stores all the same', async () => {
    const status = await done('vm-1', 'cat', `/proc/${await pidOf('vm-1')}/status`);
    expect(status).toMatch(/^Cap(Eff|Prm|Bnd):\s+0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(status).toMatch(/^Seccomp:\s+2$/m);
    const { nodes } = await until(
      () => stateOf('vm-1'),
      (state) => state.nodes['vm-1']?.metrics.network !== undefined,
    );
    const metrics = Object.keys(nodes['vm-1']?.metrics ?? {});
    for (const metric of ['cpu', 'memory', 'storage', 'load1']) expect(metrics).toContain(metric);
    const { checks } = await ask<Ready>('vm-1', '/readyz');
    expect(Object.values(checks).flatMap(({ problems }) => problems)).toEqual([]);
  });

  it('has it ready within a second of its start', async () => {
    const tries: number[] = [];
    for (let i = 0; i < 5; i++) {
      const runtime = '/opt/priomon/current/runtime/node';
      tries.push(Number(await done('vm-1', runtime, '-e', TIME_TO_READY)));
    }
    console.log(`ready after ${tries.join(', ')} ms`);
    // The fastest, for this machine may have more to do than this.
    expect(Math.min(...tries)).toBeLessThanOrEqual(1_000);
  });

  it('changes nothing when it is run again', async () => {
    const files = ['/etc/priomon/priomon.yaml', '/etc/priomon/secret', '/opt/priomon/current'];
    const look = () => done('vm-1', 'stat', '-c', '%n %Y %i', ...files);
    const before = [await look(), await pidOf('vm-1')];
    const { code, out } = await install('vm-1', 'first', '--port', '4005');
    expect(code).toBe(0);
    expect(out).toContain('is installed already.');
    expect(out).toContain('It runs already.');
    expect(out).toContain('Kept /etc/priomon/priomon.yaml as it is, so --port changed nothing');
    expect([await look(), await pidOf('vm-1')]).toEqual(before);
  });

  it('joins a second machine with the secret of the first', async () => {
    const secret = await done('vm-1', 'cat', '/etc/priomon/secret');
    await done('vm-2', 'sh', '-c', `echo ${secret} >/root/secret`);
    const words = ['--join', 'http://vm-1:4001', '--secret-file', '/root/secret'];
    const { code, problem } = await install('vm-2', 'first', ...words);
    expect([code, problem]).toEqual([0, '']);
    await untilMembers('vm-1', BOTH);
    expect(await done('vm-2', 'priomon', 'query')).toContain('vm-1');
  });

  it('brings back what was killed, and leaves alone what has left', async () => {
    const killed = await pidOf('vm-2');
    await done('vm-2', 'systemctl', 'kill', '--signal=KILL', 'priomon');
    await until(
      () => pidOf('vm-2'),
      (pid) => pid !== '0' && pid !== killed,
    );
    await untilMembers('vm-1', BOTH);
    const words = ['leave', '--config', '/etc/priomon/priomon.yaml', '--reason', 'maintenance'];
    await done('vm-2', 'priomon', ...words);
    await untilMembers('vm-1', ['vm-1 alive', 'vm-2 left']);
    await until(
      () => on('vm-2', 'systemctl', 'is-active', 'priomon'),
      ({ out }) => out === 'inactive',
    );
    await done('vm-2', 'systemctl', 'start', 'priomon');
    await untilMembers('vm-1', BOTH);
  });

  it('upgrades by a link and a restart, and goes back the same way', async () => {
    const before = await current('vm-2');
    expect((await install('vm-2', 'second')).code).toBe(0);
    expect(await current('vm-2')).toBe('second');
    await untilMembers('vm-1', BOTH);
    const back = await on('vm-2', `${INSTALLED}/install.sh`, '--rollback');
    expect([back.code, back.problem]).toEqual([0, '']);
    expect(await current('vm-2')).toBe(before);
    await untilMembers('vm-1', BOTH);
  });

  it('says the last words of a version that does not live, and how to go back', async () => {
    const before = await current('vm-2');
    const { code, problem } = await install('vm-2', 'broken');
    expect(code).toBe(1);
    expect(problem).toContain('broken on purpose');
    expect(problem).toContain('install.sh --rollback');
    expect((await on('vm-2', `${INSTALLED}/install.sh`, '--rollback')).code).toBe(0);
    expect(await current('vm-2')).toBe(before);
    await untilMembers('vm-1', BOTH);
  });

  it('goes to any installed version by name, and knows no other', async () => {
    expect((await on('vm-2', `${INSTALLED}/install.sh`, '--version', 'second')).code).toBe(0);
    const { out } = await on('vm-2', `${INSTALLED}/install.sh`, '--list');
    expect(out).toContain('second (current)');
    const { code, problem } = await on('vm-2', `${INSTALLED}/install.sh`, '--version', 'third');
    expect(code).toBe(1);
    expect(problem).toContain('Version third is not installed');
  });

  it('keeps the newest three versions, and the one that runs', async () => {
    for (const version of ['third', 'fourth', 'fifth']) {
      await alterBundle('first', version);
      expect((await install('vm-2', version)).code).toBe(0);
    }
    const { out } = await on('vm-2', `${INSTALLED}/install.sh`, '--list');
    expect(out.split('\n')).toEqual(['fifth (current)', 'fourth (previous)', 'third']);
  });

  it('is undone by uninstall.sh, which keeps settings and history for another time', async () => {
    await done('vm-2', `${INSTALLED}/uninstall.sh`);
    await untilMembers('vm-1', ['vm-1 alive', 'vm-2 left']);
    expect(await done('vm-2', 'ls', '/etc/priomon')).toContain('secret');
    expect((await on('vm-2', 'ls', '/opt/priomon')).code).not.toBe(0);
    expect((await install('vm-2', 'first')).code).toBe(0);
    await untilMembers('vm-1', BOTH);
  });

  it('and removes all of it when told to', async () => {
    await done('vm-2', `${INSTALLED}/uninstall.sh`, '--purge');
    const places = ['/opt/priomon', '/etc/priomon', '/var/lib/priomon', '/usr/local/bin/priomon'];
    for (const place of places) expect((await on('vm-2', 'ls', place)).code).not.toBe(0);
    expect((await on('vm-2', 'id', 'priomon')).code).not.toBe(0);
    expect((await on('vm-2', 'systemctl', 'status', 'priomon')).problem).toContain('not be found');
  });
});

describe('install.sh on a machine without systemd', () => {
  beforeAll(async () => {
    await podman(['network', 'create', 'check']);
    await startBare('bare');
  });
  afterAll(removeAll);

  it('installs all else, and says how to start the node by hand', async () => {
    const { code, out } = await install('bare', 'first', '--id', 'bare');
    expect(code).toBe(0);
    expect(out).toContain('No systemd runs here, so nothing was started.');
    const [, command = ''] = /(runuser .*)$/m.exec(out) ?? [];
    await podman(['exec', '--detach', 'bare', 'sh', '-c', command]);
    await untilMembers('bare', ['bare alive']);
  });
});

describe('install.sh from a checkout where Node.js and npm are found', () => {
  beforeAll(async () => {
    await podman(['network', 'create', 'check']);
    await podman(
      ['run', '--detach', '--name', 'dev', '--volume', `${ROOT}:/checkout:ro`].concat(
        // The image has both, where an administrator would have put them.
        registryAccess(),
        [await nodeImage(), 'sleep', 'infinity'],
      ),
    );
  });
  afterAll(removeAll);

  it('takes that Node.js, and fetches the packages', async () => {
    const { code, out, problem } = await on('dev', '/checkout/deploy/vm/install.sh');
    expect([code, problem]).toEqual([0, '']);
    expect(out).toContain('Fetching the packages it is made of.');
    const runtime = await done('dev', 'readlink', '/opt/priomon/current/runtime/node');
    expect(runtime).toBe('/usr/local/bin/node');
    const help = await tryPodman(['exec', 'dev', 'priomon', '--help']);
    expect(help.out).toContain('--secret-file');
  });
});
