// A process that is killed while its server is away: what was put on disk is not lost, and that is
// all but the last moments.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createClient } from '@libsql/client';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../e2e/support/ports.ts';
import { atEnd, keep } from '../../support/closing.ts';
import {
  eventually,
  NEEDS_SQLD,
  newFile,
  openRelayed,
  startSqld,
  temporaryFolder,
} from '../support.ts';

const folder = temporaryFolder();

/** Time between two messages to the storage thread, and between two writes there, ms. */
const POST_MS = 100;
const FLUSH_MS = 200;
const ROW_MS = 10;

interface Told {
  readonly recorded: number;
  readonly spooled: number;
  readonly state: string;
}

/** Records version after version, and tells how many are recorded and on disk. */
async function startNode(url: string, spoolUrl: string) {
  const program = `
    const { createWorkerStores } = await import('${resolve('node/storage/thread/worker.ts')}');
    const stores = createWorkerStores({ postMs: ${POST_MS} });
    const store = await stores.open({
      url: '${url}',
      spool: { url: '${spoolUrl}', maxBytes: 10_000_000 },
      retentionMs: 100 * 365 * 24 * 3_600_000,
      maxBytes: 100_000_000,
      flushMs: ${FLUSH_MS},
    });
    await store.saveIdentity({ id: 'n1', generation: 77, peers: ['http://a'] });
    let version = 0;
    setInterval(() => {
      version += 1;
      const sampledAtMs = Date.now();
      const what = { node: 'n1', generation: 77, metric: 'cpu', unit: '%' };
      store.recordSamples([{ ...what, version, value: version, sampledAtMs }]);
      const { spooledRows, state } = store.health();
      console.log(JSON.stringify({ recorded: version, spooled: spooledRows, state }));
    }, ${ROW_MS});`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  atEnd(() => child.kill('SIGKILL'));
  let told: Told | undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const line = text.trimEnd().split('\n').at(-1);
    if (line !== undefined) told = JSON.parse(line);
  });
  return {
    told: () => told,
    async kill() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      return told;
    },
  };
}

describe('kill -9 of a node whose server is away', NEEDS_SQLD, () => {
  it('loses nothing that was on disk, and keeps the identity', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const spool = newFile(folder);
    const node = await startNode(url, spool.url);
    await eventually(() => (node.told()?.spooled ?? 0) >= 100);
    const told = await node.kill();
    expect(told).toMatchObject({ state: 'degraded' });

    keep(await startSqld(join(folder, 'sqld'), port));
    const store = await openRelayed({ url, spool });
    expect(await store.loadIdentity('n1')).toMatchObject({ generation: 77, peers: ['http://a'] });
    await store.flush();
    const { queuedRows, writtenRows } = store.health();
    await store.close();
    expect(queuedRows).toBe(0);
    expect(writtenRows).toBeGreaterThanOrEqual(told?.spooled ?? Number.NaN);
    // A busy machine is late by some; without the file nothing at all would be left.
    const lastMoments = (POST_MS + FLUSH_MS + 1_500) / ROW_MS;
    expect((told?.recorded ?? 0) - writtenRows).toBeLessThan(lastMoments);

    const client = createClient({ url });
    const found = await client.execute('SELECT version FROM sample_history ORDER BY version');
    client.close();
    const whole = Array.from({ length: writtenRows }, (_, index) => index + 1);
    expect(found.rows.map((row) => Number(row.version))).toEqual(whole);
  });
});
