// The tables are as they are described, grow from every older version, and people can query them.

import { copyFileSync, readFileSync } from 'node:fs';
import { createClient } from '@libsql/client';
import { describe, expect, it } from 'vitest';
import { insertVersion, type Schema } from '../../../../node/storage/database/schema.ts';
import { openResults } from '../../../../node/storage/results/libsql.ts';
import { MEASURES } from '../../../../node/storage/results/rows.ts';
import { columnsOf, keyOf } from '../../../../node/storage/results/tables/column.ts';
import { RESULTS_SCHEMA } from '../../../../node/storage/results/tables/schema.ts';
import { TABLES } from '../../../../node/storage/results/tables/tables.ts';
import { newFile, temporaryFolder } from '../../support.ts';
import { experiment, finishRun, rows, START_MS } from '../rows.ts';

const folder = temporaryFolder();

/** A program of the future: its second step adds a column. */
const NEXT: Schema = {
  ...RESULTS_SCHEMA,
  migrations: [
    ...RESULTS_SCHEMA.migrations,
    [`ALTER TABLE runs ADD COLUMN later TEXT NOT NULL DEFAULT ''`],
  ],
};

async function createOlder(version: number): Promise<string> {
  const { url } = newFile(folder);
  const client = createClient({ url });
  for (let step = 0; step < version; step += 1) {
    const statements = (RESULTS_SCHEMA.migrations[step] ?? []).map((sql) => ({ sql, args: [] }));
    const told = insertVersion(step + 1, START_MS, RESULTS_SCHEMA.versionsTable);
    await client.batch([...statements, told], 'write');
  }
  client.close();
  return url;
}

interface Filled {
  readonly url: string;
  readonly path: string;
  readonly id: number;
  readonly runId: number;
}

async function fill(): Promise<Filled> {
  const file = newFile(folder);
  const store = await openResults({ ...file, mode: 'write' });
  const id = await store.createExperiment(experiment());
  const runId = await finishRun(store, id, 0);
  await store.endExperiment(id, { state: 'done', endedAtMs: START_MS + 60_000 });
  await store.close();
  return { ...file, id, runId };
}

let template: Promise<Filled> | undefined;

/** A database with one of everything, for one test to spoil. */
async function filled(): Promise<Filled> {
  template ??= fill();
  const original = await template;
  const copy = newFile(folder);
  // All of it: a database that was closed has no log beside it.
  copyFileSync(original.path, copy.path);
  return { ...original, ...copy };
}

const TYPES = { text: 'TEXT', integer: 'INTEGER', real: 'REAL', boolean: 'INTEGER', json: 'TEXT' };

describe('the tables', () => {
  it.each(Object.values(TABLES))('$name has the columns it is described with', async (table) => {
    const { url } = await filled();
    const client = createClient({ url });
    const found = await client.execute(`SELECT * FROM pragma_table_info('${table.name}')`);
    client.close();
    const inner = ['seen_at_ms', 'writer'];
    const columns = found.rows
      .map((row) => ({ name: row.name, type: row.type, isNullable: row.notnull === 0 }))
      .filter(({ name }) => !inner.includes(String(name)));
    const described = columnsOf(table).map(({ name, kind, isNullable }) => ({
      name,
      type: TYPES[kind],
      // A primary key of whole numbers is never null, and does not say so.
      isNullable: isNullable || name === 'id',
    }));
    expect(columns).toEqual(described);

    const key = found.rows
      .filter((row) => Number(row.pk) > 0)
      .sort((a, b) => Number(a.pk) - Number(b.pk))
      .map((row) => row.name);
    expect(key).toEqual(keyOf(table));
  });

  it('find a run, and its rows, by an index', async () => {
    const { url } = await filled();
    const client = createClient({ url });
    const statements = [
      'SELECT * FROM runs WHERE experiment_id = 1 ORDER BY number',
      'SELECT * FROM rounds WHERE run_id = 1 ORDER BY node, round, at_ms',
      `SELECT * FROM experiments WHERE plan_hash = 'x'`,
    ];
    for (const sql of statements) {
      const plan = await client.execute(`EXPLAIN QUERY PLAN ${sql}`);
      expect(plan.rows.map((row) => String(row.detail))).toEqual([
        expect.stringMatching(/^SEARCH .* USING /),
      ]);
    }
    client.close();
  });

  it('keep their types against writing by hand', async () => {
    const { url } = await filled();
    const client = createClient({ url });
    await expect(client.execute(`UPDATE runs SET number = 'x'`)).rejects.toThrow('INTEGER');
    await expect(client.execute(`UPDATE runs SET state = 'x'`)).rejects.toThrow('CHECK');
    client.close();
  });
});

describe('migration', () => {
  it.each(RESULTS_SCHEMA.migrations.map((_, version) => version))(
    'from version %i reaches the newest',
    async (version) => {
      const url = await createOlder(version);
      const store = await openResults({ url, mode: 'write' });
      const id = await store.createExperiment(experiment());
      await finishRun(store, id, 0);
      expect(await store.runs(id)).toMatchObject([{ state: 'done' }]);
      await store.close();
    },
  );

  it('to a later version keeps every row', async () => {
    const { url, id, runId } = await filled();
    const store = await openResults({ url, schema: NEXT, mode: 'write' });
    expect(await store.experiment(id)).toMatchObject({ name: 'spread', state: 'done' });
    expect(await store.runs(id)).toMatchObject([{ id: runId }]);
    expect(await store.rows('rounds', [runId])).toHaveLength(rows().rounds.length);
    await store.close();
  });

  it('is refused to a reader, which is told what migrates the database', async () => {
    const { url, path } = await filled();
    const before = readFileSync(path);
    await expect(openResults({ url, schema: NEXT, mode: 'read' })).rejects.toMatchObject({
      code: 'store_older',
      message:
        `Database ${path} has schema version 1, but this program reads 2; ` +
        'npm run results -- list brings it there (nothing was changed).',
    });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('never goes back: a newer database is left alone', async () => {
    const { url, path } = await filled();
    await (await openResults({ url, schema: NEXT, mode: 'write' })).close();
    const before = readFileSync(path);
    for (const mode of ['read', 'write'] as const) {
      const options = { url, mode } as { url: string; mode: 'write' };
      await expect(openResults(options)).rejects.toThrow(
        `Database ${path} has schema version 2, but this program knows 1 at most; update`,
      );
    }
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});

const README = 'node/storage/results/README.md';
const MARKS = /(<!-- tables -->\n)[\s\S]*?(\n<!-- end of tables -->)/;

function describeTables(): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const tables = Object.values(TABLES).map((table) => {
    const lines = columnsOf(table).map(({ name, kind, unit, isNullable, about }) => {
      const type = `${kind}${isNullable ? ', or null' : ''}`;
      return `| \`${name}\` | ${type} | ${unit} | ${cell(about)} |`;
    });
    const key = keyOf(table).map((name) => `\`${name}\``);
    return [
      `### \`${table.name}\``,
      `${table.about} Key: ${key.join(', ')}.`,
      ['| column | type | unit | meaning |', '|---|---|---|---|', ...lines].join('\n'),
    ].join('\n\n');
  });
  const measures = Object.entries(MEASURES).map(([name, about]) => `| \`${name}\` | ${about} |`);
  const list = ['| measure | meaning |', '|---|---|', ...measures].join('\n');
  return [...tables, '### Measures', list].join('\n\n');
}

describe('the document', () => {
  const readme = readFileSync(README, 'utf8');

  // `npm exec -- vitest run test/storage/results -u` writes the section anew.
  it('describes every table, column and measure as the code does', async () => {
    expect(readme).toMatch(MARKS);
    const expected = readme.replace(
      MARKS,
      (_, start, end) => `${start}\n${describeTables()}\n${end}`,
    );
    await expect(expected).toMatchFileSnapshot(`../../../../${README}`);
  });

  it('draws every table', () => {
    const diagram = /```mermaid\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    for (const { name } of Object.values(TABLES)) expect(diagram).toContain(` ${name} `);
  });

  const examples = [...readme.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, sql = '']) => sql);

  it.each(examples)('gives a statement that works: %s', async (sql) => {
    const { url } = await filled();
    const client = createClient({ url });
    const found = await client.execute(sql);
    client.close();
    expect(found.rows.length).toBeGreaterThan(0);
  });

  it('gives some of them', () => expect(examples.length).toBeGreaterThanOrEqual(3));
});
