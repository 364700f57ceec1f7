// npm run results as a process: what it prints, writes, takes in, and how it ends.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openResults } from '../../node/storage/results/libsql.ts';
import { TABLES } from '../../node/storage/results/tables/tables.ts';
import { experiment, finishRun, HOSTILE } from '../storage/results/rows.ts';
import { newFile, temporaryFolder } from '../storage/support.ts';
import { runToEnd } from './support.ts';

const folder = temporaryFolder();
const { path, url } = newFile(folder);

const results = (...args: string[]) =>
  runToEnd('results', args, { RESULTS_DB: path, TZ: 'UTC', NO_COLOR: '1' });

beforeAll(async () => {
  const store = await openResults({ url, mode: 'write' });
  for (const [name, startedAtMs] of [
    ['spread', 2],
    [HOSTILE, 1],
  ] as const) {
    const id = await store.createExperiment(experiment({ name, startedAtMs }));
    await finishRun(store, id, 0);
    await store.endExperiment(id, { state: 'done', endedAtMs: 3 });
  }
  await store.close();
});

/** What a terminal would obey, but for the ends of lines. */
const OBEYED = /[\p{Cc}\u202e]/u;

describe('reading', () => {
  it('lists and shows, and sends a terminal nothing that it would obey', async () => {
    const [list, show] = await Promise.all([results('list'), results('show', '2')]);
    for (const { code, out, error } of [list, show]) {
      expect({ code, error }).toEqual({ code: 0, error: '' });
      expect(out).toContain('\\u001b[31m\\u009b2J \\u202e Ω');
      expect(out.replaceAll('\n', '')).not.toMatch(OBEYED);
    }
  });

  it('of no database says how there will be one, and makes none', async () => {
    const nowhere = join(folder, 'nowhere.db');
    const { code, out, error } = await results('list', '--db', nowhere);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(error).toBe(
      `There are no results in ${nowhere} yet: run npm run experiment -- FILE first, ` +
        'or name another database with --db or RESULTS_DB.\n',
    );
    expect(existsSync(nowhere)).toBe(false);
  });

  it('of an unknown number names the way to the known ones', async () => {
    expect(await results('show', '99')).toEqual({
      code: 1,
      out: '',
      error: 'There is no experiment 99; npm run results -- list shows which there are.\n',
    });
  });
});

describe('export, import, delete', () => {
  it('lead from one database to another and away', async () => {
    const file = join(folder, 'new folder', 'all.json');
    const other = newFile(folder).path;
    expect(await results('export', '1', '2', '--out', file)).toMatchObject({
      code: 0,
      out: `Wrote ${file}.\n`,
    });
    const piped = await results('export', '1', '2');
    expect(piped.out).toBe(readFileSync(file, 'utf8'));

    const db = ['--db', other];
    expect(await results('import', file, ...db)).toMatchObject({ out: 'Imported as 1, 2.\n' });
    expect(await results('import', file, ...db)).toMatchObject({
      code: 1,
      error:
        `File ${file} cannot be imported: experiments[0] is in the database already, ` +
        'as experiment 1.\n',
    });
    expect((await results('export', '1', '2', ...db)).out).toBe(piped.out);

    const unsure = await results('delete', '1', ...db);
    expect(unsure).toMatchObject({ code: 2, out: '' });
    expect(unsure.error).toBe('This deletes 1 (spread) for good: add --yes if you are sure.\n');
    const sure = await results('delete', '1', '--yes', ...db);
    expect(sure).toEqual({ code: 0, out: 'Deleted 1 (spread).\n', error: '' });
    expect((await results('list', '--json', ...db)).out).not.toContain('"spread"');
  });

  it('CSV is a folder with a file a table, or one table in a pipe', async () => {
    const out = join(folder, 'csv');
    const [folderful, table] = await Promise.all([
      results('export', '1', '--format', 'csv', '--out', out),
      results('export', '1', '--format', 'csv', '--table', 'runs'),
    ]);
    expect(folderful).toMatchObject({ code: 0, error: '' });
    const names = Object.values(TABLES).map(({ name }) => `${name}.csv`);
    expect(readdirSync(out).sort()).toEqual(names.sort());
    expect(table.out).toBe(readFileSync(join(out, 'runs.csv'), 'utf8'));
    expect(table.out.split('\r\n')).toHaveLength(3);
  });

  it('refuse bad files in one sentence that names the field', async () => {
    const bad = join(folder, 'bad.json');
    writeFileSync(bad, `{"format":"priomon-results","version":1,"experiments":"\\u001b[31m"}`);
    const [wrong, none, isFolder] = await Promise.all([
      results('import', bad),
      results('import', join(folder, 'missing.json')),
      results('export', '1', '--out', folder),
    ]);
    expect(wrong.error).toMatch(/: experiments is "\\u001b\[31m", but must be Array\.\n$/);
    expect(wrong.error.trimEnd()).not.toMatch(OBEYED);
    expect(none.error).toMatch(/missing\.json cannot be read: there is no such file or folder;/);
    expect(isFolder.error).toBe(`${folder} cannot be written: it is a folder; name a file.\n`);
    for (const { code, out } of [wrong, none, isFolder]) {
      expect({ code, out }).toEqual({ code: 1, out: '' });
    }
  });
});
