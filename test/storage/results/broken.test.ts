// Results when the disk, the file or the address lets them down: one sentence, and what was
// finished stays readable.

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createClient } from '@libsql/client';
import { describe, expect, it } from 'vitest';
import { openResults, type ResultsOptions } from '../../../node/storage/results/libsql.ts';
import type { ResultsStore } from '../../../node/storage/results/store.ts';
import { RESULTS_SCHEMA } from '../../../node/storage/results/tables/schema.ts';
import { sample } from '../../contract/store.ts';
import { atEnd } from '../../support/closing.ts';
import { newFile, openStore, temporaryFolder } from '../support.ts';
import { DONE, experiment, finishRun, round, rows, run } from './rows.ts';

const folder = temporaryFolder();

async function write(options: Omit<ResultsOptions, 'mode'>): Promise<ResultsStore> {
  const store = await openResults({ ...options, mode: 'write' });
  atEnd(() => store.close().catch(() => undefined));
  return store;
}

async function read(url: string) {
  const reader = await openResults({ url, mode: 'read' });
  atEnd(() => reader.close().catch(() => undefined));
  return reader;
}

/** A database with one finished run. */
async function filled() {
  const file = newFile(folder);
  const store = await write(file);
  const id = await store.createExperiment(experiment());
  const runId = await finishRun(store, id, 0);
  await store.close();
  return { ...file, id, runId };
}

const rounds = (count: number) => ({
  rounds: Array.from({ length: count }, (_, number) => round('n1', number)),
});

describe('reading', () => {
  it('never makes a database, and says how there will be one', async () => {
    const { path, url } = newFile(folder);
    await expect(read(url)).rejects.toMatchObject({
      code: 'results_missing',
      message:
        `There are no results in ${path} yet: run npm run experiment -- FILE first, ` +
        'or name another database with --db or RESULTS_DB.',
    });
    expect(existsSync(path)).toBe(false);
  });

  it("finds none in an empty file or a node's database, and leaves both alone", async () => {
    const empty = newFile(folder);
    writeFileSync(empty.path, '');
    const node = newFile(folder);
    const store = await openStore(node);
    store.recordSamples([sample(1)]);
    await store.close();
    for (const { path, url } of [empty, node]) {
      const before = readFileSync(path);
      await expect(read(url)).rejects.toMatchObject({ code: 'results_missing' });
      expect(readFileSync(path).equals(before)).toBe(true);
    }
  });

  it('goes on while another process writes', async () => {
    const { url, id } = await filled();
    const writer = await write({ url });
    const reader = await read(url);
    const runId = await writer.createRun(run(id, 1));
    const holder = createClient({ url });
    const lock = await holder.transaction('write');
    expect(await reader.runs(id)).toMatchObject([{ state: 'done' }, { id: runId }]);
    await lock.rollback();
    holder.close();
  });

  it('needs no right to write: a closed database is one file, without a log', async () => {
    const { path } = await filled();
    expect([`${path}-wal`, `${path}-shm`].filter(existsSync)).toEqual([]);
    // Bytes 18 and 19 of a SQLite file: 1 is a rollback journal, 2 a write-ahead log.
    expect([...readFileSync(path).subarray(18, 20)]).toEqual([1, 1]);
  });
});

describe('a database that cannot be used', () => {
  it('is named when it is a folder', async () => {
    const path = `${folder}/a-folder`;
    mkdirSync(path);
    for (const open of [read, (url: string) => write({ url })]) {
      await expect(open(`file:${path}`)).rejects.toThrow(`Database ${path} cannot be opened;`);
    }
  });

  it('is left as it is when it is something else, or damaged', async () => {
    const { path, url } = await filled();
    const sound = readFileSync(path);
    const lostMiddle = Buffer.concat([sound.subarray(0, 100), Buffer.alloc(sound.length, 0xa5)]);
    for (const damaged of [Buffer.from('These are my notes.\n'.repeat(300)), lostMiddle]) {
      writeFileSync(path, damaged);
      for (const open of [read, (text: string) => write({ url: text })]) {
        await expect(open(url)).rejects.toThrow(
          `Database ${path} is damaged or no database; it was left as it is: move it away`,
        );
      }
      expect(readFileSync(path).equals(damaged)).toBe(true);
    }
  });

  it('is named when the address is of an unknown kind, without its secrets', async () => {
    const opening = read('ftp://me:secret@host/db?authToken=secret');
    await expect(opening).rejects.toThrow(/^Database address "ftp:\/\/host\/db" is not usable;/);
  });

  it('says which row was changed by hand and makes no sense', async () => {
    const { url } = await filled();
    const client = createClient({ url });
    await client.execute(`UPDATE experiments SET machine = '{"cpu": '`);
    client.close();
    await expect((await read(url)).experiments()).rejects.toThrow(
      'Column machine of table experiments does not hold the JSON that it should',
    );
  });
});

describe('a database that another process locks', () => {
  it('fails what waits for an answer, keeps rows until it is free', async () => {
    const { url, path, id } = await filled();
    const store = await write({ url, busyTimeoutMs: 20, waitMs: 5 });
    const runId = await store.createRun(run(id, 1));
    const holder = createClient({ url });
    const lock = await holder.transaction('write');

    store.add(runId, rows());
    await expect(store.createRun(run(id, 2))).rejects.toThrow(
      `Database ${path} is locked by another process; let it end or close it there, `,
    );
    await lock.rollback();
    holder.close();
    await store.endRun(runId, DONE);
    expect(await store.rows('rounds', [runId])).toHaveLength(rows().rounds.length);
  });
});

it('a lock holds up the thread for results, not the event loop of the experiment', async () => {
  const { url, id } = await filled();
  const store = await write({ url, busyTimeoutMs: 1_500 });
  const holder = createClient({ url });
  const lock = await holder.transaction('write');
  const beganAtMs = performance.now();
  let lastMs = beganAtMs;
  let longestMs = 0;
  const beat = setInterval(() => {
    longestMs = Math.max(longestMs, performance.now() - lastMs);
    lastMs = performance.now();
  }, 5);
  await expect(store.createRun(run(id, 1))).rejects.toMatchObject({ code: 'store_locked' });
  // A beat that was held up comes now.
  await new Promise((resolve) => setTimeout(resolve, 20));
  clearInterval(beat);
  expect(performance.now() - beganAtMs).toBeGreaterThan(1_400);
  expect(longestMs).toBeLessThan(700);
  await lock.rollback();
  holder.close();
});

describe('a disk that is full', () => {
  // 60 pages of 4 KiB, of which the tables take some 25.
  const full = {
    ...RESULTS_SCHEMA,
    migrations: [...RESULTS_SCHEMA.migrations, ['PRAGMA max_page_count = 60']],
  };

  it('fails the end of the run; finished runs stay, later ones go on', async () => {
    const { url } = newFile(folder);
    const store = await write({ url, schema: full });
    const id = await store.createExperiment(experiment());
    const finished = await finishRun(store, id, 0);

    const runId = await store.createRun(run(id, 1));
    const before = performance.now();
    store.add(runId, rounds(20_000));
    expect(performance.now() - before).toBeLessThan(500);
    await expect(store.endRun(runId, DONE)).rejects.toThrow(
      /^[\d,]+ rows of the run were lost: The disk of database .* is full; free some space, /,
    );
    // What was lost is told once: the run can still be marked as failed, and others can end.
    await store.endRun(runId, { ...DONE, state: 'failed', remark: 'The disk was full.' });
    expect((await store.runs(id)).map(({ state }) => state)).toEqual(['done', 'failed']);
    expect(await store.rows('rounds', [finished])).toHaveLength(rows().rounds.length);

    // The next attempt removes what the failed one left, which makes room.
    const again = await finishRun(store, id, 1);
    expect((await store.runs(id)).map((one) => one.id)).toEqual([finished, again]);
  });
});

describe('a database that is read-only', () => {
  it('can be read, and a write fails with one sentence', async () => {
    const { url, path } = await filled();
    const module = resolve('node/storage/results/libsql.ts');
    // Root may write anything; only another user meets the mode of a file.
    const program = `
      const { openResults } = await import(${JSON.stringify(module)});
      if (process.getuid() === 0) process.setuid(65534);
      const url = ${JSON.stringify(url)};
      const reader = await openResults({ url, mode: 'read' });
      console.log((await reader.experiments()).length);
      await reader.close();
      await openResults({ url, mode: 'write' }).catch((error) => console.log(error.message));`;
    chmodSync(path, 0o444);
    chmodSync(folder, 0o555);
    const options = { encoding: 'utf8', timeout: 20_000 } as const;
    const ended = spawnSync(process.execPath, ['--input-type=module', '-e', program], options);
    chmodSync(folder, 0o755);
    expect(ended).toMatchObject({
      stderr: '',
      stdout: `1\nDatabase ${path} is read-only; give this user the right to write the file.\n`,
    });
  });
});
