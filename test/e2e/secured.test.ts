// A cluster of the command on https and with a secret: what it is told reaches its processes.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pemPath } from '../fixtures/tls.ts';
import {
  type Command,
  endEverything,
  expectNoStack,
  newFolder,
  outcomeOf,
  run,
  untilSaid,
} from './support/commands.ts';
import { freeBasePort } from './support/ports.ts';

describe('npm run nodes -- 3 with certificate and secret', () => {
  let cluster: Command;
  let url = '';

  beforeAll(async () => {
    const base = await freeBasePort(3);
    url = `https://127.0.0.1:${base + 1}`;
    const tls = ['--tls-cert', pemPath('node'), '--tls-key', pemPath('node-key')];
    cluster = run(
      ...(['nodes', '3', '--base-port', String(base), '--data', await newFolder()] as const),
      ...[...tls, '--tls-ca', pemPath('authority'), '--secret', 'of-this-test-alone'],
    );
    await untilSaid(cluster, /ready: /, 25_000);
  });
  afterAll(endEverything);

  it('is ready when all know all, and says to open it on https', () => {
    expect(cluster.out()).toMatch(/^ready: 3 nodes in .* — open https:\/\/127\.0\.0\.1:\d+ /m);
    expect(cluster.out()).toContain(url);
    expect(cluster.error()).toBe('');
  });

  it('answers npm run query when the caller names its authority', async () => {
    const { code, out } = await outcomeOf('query', '--url', url, '--tls-ca', pemPath('authority'));
    expect(code).toBe(0);
    expect(out).toMatch(/^n1 .*\nn2 .*\nn3 /m);
  });

  it('is not believed without, and the command says so', async () => {
    const { code, error } = await outcomeOf('query', '--url', url);
    expect(code).toBe(1);
    expect(error).toMatch(
      /^https:\S+ shows a certificate of an authority .* in tls\.ca \(--tls-ca\)\.\n$/,
    );
  });

  it('leaves by Ctrl-C', async () => {
    cluster.interrupt();
    expect(await cluster.ended).toEqual({ code: 0, signal: null });
    expectNoStack(cluster.error());
  });
});
