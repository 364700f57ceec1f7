// Results leave a database as one document, or as CSV, and come back as they were.

import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textOfTable } from '../../../node/storage/results/csv.ts';
import {
  importDocument,
  readDocument,
  textOfDocument,
} from '../../../node/storage/results/document.ts';
import { openResults } from '../../../node/storage/results/libsql.ts';
import type { RunRows } from '../../../node/storage/results/rows.ts';
import type { ResultsStore } from '../../../node/storage/results/store.ts';
import { TABLE_NAMES, TABLES } from '../../../node/storage/results/tables/tables.ts';
import { experiment, finishRun, HOSTILE, measure, rows, run, START_MS } from './rows.ts';

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

const exported = async (store: ResultsStore): Promise<string> =>
  textOf(textOfDocument(store, await store.experiments()));

let store: ResultsStore;
let document = '';

beforeAll(async () => {
  store = await openResults({ url: ':memory:', mode: 'write' });
  const id = await store.createExperiment(experiment({ name: HOSTILE }));
  await finishRun(store, id, 0, { remark: HOSTILE, isTimely: false });
  const failed = await store.createRun(run(id, 1));
  store.add(failed, { measures: [measure('full_view_ms', null)] });
  await store.endRun(failed, {
    state: 'failed',
    endedAtMs: START_MS,
    lengthMs: null,
    remark: 'No.',
    isTimely: true,
  });
  await store.endExperiment(id, { state: 'done', endedAtMs: START_MS + 1 });
  await store.createExperiment(
    experiment({ planHash: 'empty', state: 'stopped', startedAtMs: 0.25 }),
  );
  document = await exported(store);
});
afterAll(() => store.close());

describe('a document', () => {
  it('gives another database the same experiments, runs and rows', async () => {
    const other = await openResults({ url: ':memory:', mode: 'write' });
    await other.createExperiment(experiment({ planHash: 'there before' }));
    const ids = await importDocument(other, readDocument(document, 'f.json'), 'f.json');
    expect(ids).toEqual([2, 3]);

    const [first = 0] = ids;
    const imported = await Promise.all(ids.map((id) => other.experiment(id)));
    const again = await textOf(
      textOfDocument(
        other,
        imported.filter((row) => row !== undefined),
      ),
    );
    expect(again).toBe(document);
    const [whole] = await other.runs(first);
    for (const [table, expected] of Object.entries(rows())) {
      const found = await other.rows(table as keyof RunRows, [whole?.id ?? 0]);
      expect(found).toEqual(expected.map((row) => ({ runId: whole?.id, ...row })));
    }
    await other.close();
  });

  it('is refused where one of its experiments is already, and changes nothing', async () => {
    const before = await store.experiments();
    await expect(importDocument(store, readDocument(document, 'f.json'), 'f.json')).rejects.toThrow(
      'File f.json cannot be imported: experiments[0] is in the database already, as experiment 1.',
    );
    expect(await store.experiments()).toEqual(before);
  });

  it('that fails half-way leaves nothing', async () => {
    const other = await openResults({ url: ':memory:', mode: 'write' });
    const read = readDocument(document, 'f.json');
    const [first, sound] = read.experiments;
    const twice = { experiment: first?.experiment, runs: [first?.runs[0], first?.runs[0]] };
    const broken = { experiments: [sound, twice] } as unknown as typeof read;
    await expect(importDocument(other, broken, 'f.json')).rejects.toThrow('is done already');
    expect(await other.experiments()).toEqual([]);
    await other.close();
  });

  it('of what still ran is not running where it is taken in', async () => {
    const other = await openResults({ url: ':memory:', mode: 'write' });
    const running = document.replaceAll('"state":"done"', '"state":"running"');
    const [id = 0] = await importDocument(other, readDocument(running, 'f.json'), 'f.json');
    expect(await other.experiment(id)).toMatchObject({ state: 'stopped' });
    expect(await other.runs(id)).toMatchObject([{ state: 'stopped' }, { state: 'failed' }]);
    await other.close();
  });

  const damages: readonly (readonly [string, (text: string) => string, RegExp])[] = [
    ['no JSON', (text) => text.slice(0, -5), /it is no JSON \(.*\)\.$/],
    ['with breaks of lines', () => '\n\n}\n{', /it is no JSON \([^\n]*\)\.$/],
    ['that is a text', () => '"x"', /: the document is "x", but must be Object\.$/],
    ['that is a list', () => '[1]', /: format is missing\.$/],
    ['something else', () => '{"format":"x"}', /: format is "x", but must be "priomon-results"\.$/],
    [
      'of a later program',
      (text) => text.replace('"version":1', '"version":2'),
      /: version is 2, but must be 1: another program wrote it\.$/,
    ],
    [
      'with a text for a number',
      (text) => text.replace('"sentBytes":8400', '"sentBytes":"many"'),
      /: experiments\[0\]\.runs\[0\]\.rows\.nodes\[0\]\.sentBytes is "many", but must be/,
    ],
    [
      'with an unknown state',
      (text) => text.replace('"state":"done"', '"state":"dreaming"'),
      /\.experiment\.state is "dreaming", but must be \("running" \| "done" \| .*\)\.$/,
    ],
    [
      'without a value',
      (text) => text.replace('"planHash":"abc",', ''),
      /: experiments\[0\]\.experiment\.planHash is missing\.$/,
    ],
    [
      'with a value too many',
      (text) => text.replace('"planHash":"abc",', '"planHash":"abc","more":1,'),
      /: experiments\[0\]\.experiment\.more is not known to this program\.$/,
    ],
    [
      'with a fraction of a thing',
      (text) => text.replace('"known":20', '"known":20.5'),
      /\.rounds\[0\]\.known is 20\.5, but must be a whole number\.$/,
    ],
  ];

  it.each(damages)('%s is refused in one sentence that names the place', (_, damage, said) => {
    const damaged = damage(document);
    expect(damaged).not.toBe(document);
    expect(() => readDocument(damaged, 'f.json')).toThrow(said);
  });
});

describe('CSV', () => {
  it.each(TABLE_NAMES)('of %s reads back as the same texts', async (name) => {
    const csv = await textOf(textOfTable(store, await store.experiments(), name));
    expect(csv.endsWith('\r\n')).toBe(true);
    const [heading = [], ...lines] = parse(csv, { record_delimiter: '\r\n' }) as string[][];
    const client = await textOf(textOfTable(store, [], name));
    expect(`${heading.join(',')}\r\n`).toBe(client);
    expect(new Set(lines.map((line) => line.length))).toEqual(new Set([heading.length]));
    const expected: Partial<Record<string, number>> = { experiments: 2, runs: 2, measures: 3 };
    const given = name in rows() ? rows()[name as keyof RunRows].length : 0;
    expect(lines).toHaveLength(expected[name] ?? given);
  });

  it('keeps quotes, breaks, markup and escapes of a name; null is empty', async () => {
    const csv = await textOf(textOfTable(store, await store.experiments(), 'experiments'));
    const [first, second] = parse(csv, { columns: true, record_delimiter: '\r\n' }) as {
      name: string;
      ended_at_ms: string;
    }[];
    expect(first?.name).toBe(HOSTILE);
    expect(second?.ended_at_ms).toBe('');
    expect(csv).toContain('"a ""b"", \'c\';\r\n<script>');
  });

  it('has the names of the database', async () => {
    const csv = await textOf(textOfTable(store, [], 'spreads'));
    expect(csv).toBe('run_id,update_number,node,sender,after_ms,round\r\n');
    expect(TABLES.samples.name).toBe('view_samples');
  });
});
