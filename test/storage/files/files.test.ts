// The files of a running store in other hands: a backup put in their place, cut, overwritten, their
// log taken away. What came before is told, what comes after is stored.

import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createClient } from '@libsql/client';
import { afterAll, describe, expect, it } from 'vitest';
import type { Store } from '../../../node/ports.ts';
import { createPlace } from '../../../node/storage/files/place.ts';
import { createWorkerStores } from '../../../node/storage/thread/worker.ts';
import { everything } from '../../contract/store.ts';
import { askStore } from '../../support/points.ts';
import {
  createManualClock,
  eventually,
  FOREVER_MS,
  newFile,
  openStore,
  temporaryFolder,
  versions,
} from '../support.ts';

const folder = temporaryFolder();
const TIMES = { flushMs: 50, maxRetryMs: 100, retentionMs: FOREVER_MS, maxBytes: 100_000_000 };
const stores = createWorkerStores({ postMs: 20 });
afterAll(() => stores.close());

/** By another process, as an administrator does: who opens and closes a file loses its locks. */
const run = (program: string, ...args: string[]): void => {
  expect(spawnSync(program, args, { stdio: 'ignore' }).status).toBe(0);
};

interface Running {
  readonly path: string;
  readonly store: Store;
  /** What each health said since the start, once each. */
  readonly told: string[];
  record(first: number, last: number): Promise<void>;
  values(): Promise<number[]>;
}

async function start({ path, url } = newFile(folder)): Promise<Running> {
  const store = await stores.open({ url, ...TIMES });
  const told: string[] = [];
  let written = 0;
  return {
    path,
    store,
    told,
    async record(first, last) {
      store.recordSamples(versions(first, last));
      written += last - first + 1;
      await eventually(() => {
        const { problem } = store.health();
        if (problem !== undefined && told.at(-1) !== problem) told.push(problem);
        return store.health().writtenRows === written && store.health().state === 'ok';
      });
    },
    // A bucket without a row of its own is no row.
    values: async () => {
      const { points } = await askStore(store, everything());
      return points.flatMap(({ count, avg }) => (count > 0 && avg !== null ? [avg] : []));
    },
  };
}

/** What a copy of the file alone holds, its log left behind. */
async function versionsIn(path: string): Promise<number[]> {
  const client = createClient({ url: `file:${path}` });
  const found = await client.execute('SELECT version FROM samples ORDER BY version');
  client.close();
  return found.rows.map((row) => Number(row.version));
}

const numbers = (first: number, last: number): number[] =>
  versions(first, last).map(({ version }) => version);

/** All that is stored now, in a file without a log; by another process, which leaves no locks. */
function backup({ path }: Running): string {
  const place = `${path}.backup`;
  const program = `
    const { createClient } = await import('@libsql/client');
    await createClient({ url: ${JSON.stringify(`file:${path}`)} })
      .execute(${JSON.stringify(`VACUUM INTO '${place}'`)});`;
  run(process.execPath, '--input-type=module', '-e', program);
  return place;
}

describe('a database that is replaced while the node runs', () => {
  it('by a backup that is moved in its place goes on in that, and says so', async () => {
    const running = await start();
    await running.record(1, 10);
    // Who reads has the file open as well.
    expect(await running.values()).toEqual(numbers(1, 10));
    const place = backup(running);
    await running.record(11, 200);
    run('mv', running.path, `${running.path}.aside`);
    run('mv', place, running.path);
    await running.record(201, 397);
    expect(running.told).toEqual([
      `Database ${running.path} was replaced by another file; storing goes on in that one, and ` +
        'what the old one held is not in it.',
    ]);
    expect(await running.values()).toEqual([...numbers(1, 10), ...numbers(201, 397)]);
    expect(running.store.health().droppedRows).toBe(0);
    // Also what was in the old one's log only.
    expect(await versionsIn(`${running.path}.aside`)).toEqual(numbers(1, 200));
  });

  it('by nothing is begun anew, and the file that was moved away has all it held', async () => {
    const running = await start();
    await running.record(1, 200);
    run('mv', running.path, `${running.path}.aside`);
    await running.record(201, 210);
    expect(running.told[0]).toContain('is not where it was');
    expect(await running.values()).toEqual(numbers(201, 210));
    expect(await versionsIn(`${running.path}.aside`)).toEqual(numbers(1, 200));
  });

  it('with its log, by files of another, reads that log too', async () => {
    const [running, other] = [await start(), await start()];
    await running.record(1, 5);
    await other.record(100, 120);
    for (const end of ['', '-wal', '-shm']) run('cp', other.path + end, `${other.path}.copy${end}`);
    for (const end of ['', '-wal', '-shm']) {
      run('mv', `${other.path}.copy${end}`, running.path + end);
    }
    await running.record(6, 10);
    expect(await running.values()).toEqual([...numbers(6, 10), ...numbers(100, 120)]);
  });
});

describe('a node that has nothing to write', () => {
  it.each([
    ['was replaced by another file', (path: string) => run('cp', path, `${path}.new`)],
    ['is not where it was', () => undefined],
  ])('finds within a minute that its database %s', async (said, prepare) => {
    const { path, url } = newFile(folder);
    const clock = createManualClock();
    const store = await openStore({ url, clock, place: createPlace(url) });
    prepare(path);
    run('mv', path, `${path}.aside`);
    if (existsSync(`${path}.new`)) run('mv', `${path}.new`, path);
    for (let second = 0; second < 60; second += 5) {
      clock.advance(5_000);
      await eventually(() => clock.nextMs() !== undefined);
      if (store.health().state === 'degraded') break;
    }
    expect(store.health().problem).toContain(`Database ${path} ${said}`);
    await store.close();
  });
});

describe('a database that was moved away', () => {
  it('is reported missing for ten seconds, though storing goes on at once', async () => {
    const { path, url } = newFile(folder);
    const clock = createManualClock();
    const store = await openStore({ url, clock, place: createPlace(url) });
    const identity = { id: 'n1', generation: 1, peers: [] };
    await store.saveIdentity(identity);
    run('mv', path, `${path}.aside`);
    // Each finds the file gone, or would begin it anew before its time.
    const saving = [store.saveIdentity(identity), store.saveIdentity(identity)];
    clock.advance(5_000);
    await Promise.all(saving);
    await eventually(() => clock.nextMs() === 10_000);
    await store.saveIdentity(identity);
    expect(store.health().problem).toContain('is not where it was');
    clock.advance(10_000);
    await eventually(() => store.health().state === 'ok');
    expect(await store.loadIdentity('n1')).toMatchObject({ generation: 1 });
    await store.close();
  });
});

describe('a database that is overwritten in place while the node runs', () => {
  it('by a backup goes on in that, and nothing of the old log gets into it', async () => {
    const running = await start();
    await running.record(1, 10);
    // Who reads has the file open as well.
    expect(await running.values()).toEqual(numbers(1, 10));
    const place = backup(running);
    for (let first = 11; first < 2_011; first += 500) await running.record(first, first + 499);
    run('cp', place, running.path);
    await running.record(5_001, 5_197);
    expect(running.told).toEqual([
      `Database ${running.path} was cut or overwritten by another program; storing goes on in ` +
        'what is there now, and what it held before is gone.',
    ]);
    expect(await running.values()).toEqual([...numbers(1, 10), ...numbers(5_001, 5_197)]);
    const client = createClient({ url: `file:${running.path}` });
    expect((await client.execute('PRAGMA integrity_check')).rows[0]?.integrity_check).toBe('ok');
    client.close();
  });

  it('by nothing at all, cut to no bytes, is begun anew', async () => {
    const running = await start();
    await running.record(1, 200);
    truncateSync(running.path);
    await running.record(201, 397);
    expect(running.told[0]).toContain('was cut or overwritten');
    expect(await running.values()).toEqual(numbers(201, 397));
  });

  it('by half of itself, which is then cut to nothing, is begun anew', async () => {
    const file = newFile(folder);
    const earlier = await start(file);
    await earlier.record(1, 4_000);
    await earlier.store.close();
    const running = await start(file);
    await running.record(4_001, 4_010);
    truncateSync(running.path, 4_096 * 4);
    running.store.recordSamples(versions(5_001, 5_197));
    await eventually(() => /is damaged or no database/.test(running.store.health().problem ?? ''));
    truncateSync(running.path);
    await eventually(() => running.store.health().state === 'ok');
    expect(await running.values()).toEqual(numbers(5_001, 5_197));
  });

  it.each([
    ['cut to a half', (path: string) => truncateSync(path, 4_096 * 4)],
    [
      'something else',
      (path: string) => writeFileSync(path, 'These are my notes.\n'.repeat(3_000)),
    ],
  ])('and is then %s: it says so, and leaves it as it is', async (_, damage) => {
    const file = newFile(folder);
    const earlier = await start(file);
    await earlier.record(1, 4_000);
    await earlier.store.close();
    const running = await start(file);
    await running.record(4_001, 4_010);
    damage(running.path);
    const { size } = statSync(running.path);
    running.store.recordSamples(versions(5_001, 5_197));
    await eventually(() => /is damaged or no database/.test(running.store.health().problem ?? ''));
    expect(statSync(running.path).size).toBe(size);
    expect(running.store.health()).toMatchObject({ state: 'degraded', queuedRows: 197 });
    rmSync(running.path);
    await eventually(() => running.store.health().state === 'ok');
    expect(await running.values()).toEqual(numbers(5_001, 5_197));
  });
});

describe('the log of a database', () => {
  it.each([[['-wal']], [['-shm']], [['-wal', '-shm']]])(
    'whose %s is deleted while the node runs loses nothing, and it is told',
    async (ends) => {
      const running = await start();
      await running.record(1, 100);
      for (const end of ends) rmSync(`${running.path}${end}`);
      await running.record(101, 297);
      expect(running.told[0]).toContain('its -wal and -shm files, was taken away while in use');
      expect(await running.values()).toEqual(numbers(1, 297));
      expect(await running.store.history(everything())).toBeDefined();
      const other = createClient({ url: `file:${running.path}` });
      expect((await other.execute('SELECT count(*) AS n FROM samples')).rows[0]?.n).toBe(297);
      other.close();
    },
  );

  it('is no news when another program writes, or checkpoints, by the rules', async () => {
    const running = await start();
    await running.record(1, 100);
    const other = createClient({ url: `file:${running.path}` });
    await other.execute('DELETE FROM samples WHERE version <= 50');
    await running.record(101, 110);
    await other.execute('PRAGMA wal_checkpoint(TRUNCATE)');
    await running.record(111, 120);
    await other.execute('VACUUM');
    await other.execute('PRAGMA wal_checkpoint(TRUNCATE)');
    other.close();
    await running.record(121, 130);
    expect(running.told).toEqual([]);
    expect(await running.values()).toEqual(numbers(51, 130));
  });
});
