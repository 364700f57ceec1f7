// What every database of results keeps and answers: a file, memory and a libSQL server.

import { join } from 'node:path';
import { createClient } from '@libsql/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openResults } from '../../../node/storage/results/libsql.ts';
import type { RunRows } from '../../../node/storage/results/rows.ts';
import type { ResultsStore } from '../../../node/storage/results/store.ts';
import { RESULTS_SCHEMA } from '../../../node/storage/results/tables/schema.ts';
import { TABLES } from '../../../node/storage/results/tables/tables.ts';
import { freePort } from '../../e2e/support/ports.ts';
import {
  createTokens,
  NEEDS_SQLD,
  newFile,
  type SqldServer,
  startSqld,
  temporaryFolder,
} from '../support.ts';
import { DONE, experiment, finishRun, HOSTILE, measure, round, rows, run } from './rows.ts';

const folder = temporaryFolder();

function resultsContract(name: string, open: () => Promise<ResultsStore>): void {
  describe(name, () => {
    let store: ResultsStore;
    beforeAll(async () => {
      store = await open();
    });
    afterEach(async () => {
      for (const { id } of await store.experiments()) await store.deleteExperiment(id);
    });
    afterAll(() => store.close());

    it('holds nothing at first', async () => {
      expect(await store.experiments()).toEqual([]);
      expect(await store.experiment(999)).toBeUndefined();
      expect(await store.runs(999)).toEqual([]);
      expect(await store.rows('rounds', [999])).toEqual([]);
    });

    it('answers every experiment, run and row as it was given', async () => {
      const given = experiment({ name: HOSTILE, questions: [HOSTILE], seed: 2 ** 53 - 1 });
      const id = await store.createExperiment(given);
      expect(await store.experiment(id)).toEqual({ ...given, id });

      const first = run(id, 1, { remark: HOSTILE });
      const runId = await store.createRun(first);
      expect(await store.runs(id)).toEqual([{ ...first, id: runId }]);
      store.add(runId, rows());
      await store.endRun(runId, DONE);
      expect(await store.runs(id)).toEqual([{ ...first, id: runId, ...DONE }]);
      for (const [table, expected] of Object.entries(rows())) {
        const found = await store.rows(table as keyof RunRows, [runId]);
        expect(found).toEqual(expected.map((row) => ({ runId, ...row })));
      }

      await store.endExperiment(id, { state: 'done', endedAtMs: 5 });
      expect(await store.experiment(id)).toEqual({ ...given, id, state: 'done', endedAtMs: 5 });
    });

    it('answers experiments newest first and runs in the order of the plan', async () => {
      const ids: number[] = [];
      for (const startedAtMs of [2_000, 3_000, 1_000]) {
        ids.push(await store.createExperiment(experiment({ startedAtMs })));
      }
      const [second = 0, newest = 0, oldest = 0] = ids;
      expect((await store.experiments()).map(({ id }) => id)).toEqual([newest, second, oldest]);
      for (const number of [2, 0, 1]) await finishRun(store, newest, number);
      const runs = await store.runs(newest);
      expect(runs.map(({ number }) => number)).toEqual([0, 1, 2]);
      const two = runs.slice(1).map(({ id }) => id);
      expect(await store.rows('spreads', two)).toMatchObject(two.map((runId) => ({ runId })));
    });

    it('keeps a row of one key once, as a batch that is sent again needs it', async () => {
      const id = await store.createRun(run(await store.createExperiment(experiment()), 0));
      store.add(id, { rounds: [round('n1', 1)] });
      await store.flush();
      store.add(id, { rounds: [{ ...round('n1', 1), known: 99 }, round('n1', 2)] });
      await store.flush();
      expect(await store.rows('rounds', [id])).toMatchObject([{ known: 20 }, { round: 2 }]);
    });

    it('stores NaN and the infinities as none where there can be none', async () => {
      const id = await store.createRun(run(await store.createExperiment(experiment()), 0));
      const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      store.add(id, { measures: values.map((value, i) => measure('lag_p50_ms', value, `${i}`)) });
      await store.flush();
      const found = await store.rows('measures', [id]);
      expect(found.map(({ value }) => value)).toEqual([null, null, null]);
    });

    it('fails the end of a run with NaN elsewhere and names the column', async () => {
      const experimentId = await store.createExperiment(experiment());
      const [good, bad] = [
        await store.createRun(run(experimentId, 0)),
        await store.createRun(run(experimentId, 1)),
      ];
      store.add(good, { rounds: [round('n1', 1)] });
      store.add(bad, { rounds: [round('n1', 1), { ...round('n1', 2), lengthMs: Number.NaN }] });
      await store.endRun(good, DONE);
      await expect(store.endRun(bad, DONE)).rejects.toThrow(
        'Column length_ms of table rounds is NaN, but must be a finite number.',
      );
      await store.endRun(bad, { ...DONE, state: 'failed', remark: 'No.' });
      const runs = await store.runs(experimentId);
      expect(runs.map(({ state }) => state)).toEqual(['done', 'failed']);
      expect(await store.rows('rounds', [good, bad])).toHaveLength(2);
    });

    it('removes what an earlier attempt at a run left, but never a run that is done', async () => {
      const id = await store.createExperiment(experiment());
      const attempt = await store.createRun(run(id, 0));
      store.add(attempt, rows());
      await store.flush();
      const again = await finishRun(store, id, 0);
      // Rows that come late for a run that is gone go nowhere.
      store.add(attempt, rows());
      await store.flush();

      expect((await store.runs(id)).map((one) => one.id)).toEqual([again]);
      expect(await store.rows('rounds', [attempt])).toEqual([]);
      expect(await store.rows('rounds', [again])).toHaveLength(rows().rounds.length);
      await expect(store.createRun(run(id, 0))).rejects.toThrow(/Run 0 .* is done already/);
      await expect(store.createRun(run(id + 1, 0))).rejects.toThrow(/the experiment was deleted/);
    });

    it('deletes an experiment with everything of it, and nothing else', async () => {
      const [one, other] = [
        await store.createExperiment(experiment()),
        await store.createExperiment(experiment()),
      ];
      const gone = await finishRun(store, one, 0);
      const kept = await finishRun(store, other, 0);
      const late = await store.createRun(run(one, 1));
      await store.deleteExperiment(one);

      expect((await store.experiments()).map(({ id }) => id)).toEqual([other]);
      for (const table of Object.keys(rows()) as (keyof RunRows)[]) {
        expect(await store.rows(table, [gone])).toEqual([]);
        expect(await store.rows(table, [kept])).not.toEqual([]);
      }
      await expect(store.deleteExperiment(one)).rejects.toThrow(`no experiment ${one}`);
      await expect(store.endRun(late, DONE)).rejects.toThrow('was deleted while it ran');
      // A number is never given again: a link to it cannot lead elsewhere.
      expect(await store.createExperiment(experiment())).toBeGreaterThan(other);
    });

    it('finds the newest unfinished experiment with a plan, and takes it over', async () => {
      const planHash = 'plan';
      const add = (change: object) => store.createExperiment(experiment({ planHash, ...change }));
      await add({ state: 'stopped', startedAtMs: 1 });
      const newest = await add({ state: 'stopped', startedAtMs: 2 });
      const done = await add({ state: 'done', startedAtMs: 3 });
      await add({ state: 'failed', startedAtMs: 4, planHash: 'other plan' });

      expect(await store.findResumable(planHash)).toMatchObject({ id: newest, state: 'stopped' });
      expect(await store.findResumable('no plan')).toBeUndefined();
      await store.resumeExperiment(newest);
      expect(await store.experiment(newest)).toMatchObject({ state: 'running', endedAtMs: null });
      await expect(store.resumeExperiment(done)).rejects.toThrow('cannot be resumed: it is done');
      await expect(store.resumeExperiment(999)).rejects.toThrow('no experiment 999');
    });

    it('answers more rows than a server sends at once', async () => {
      const id = await store.createRun(run(await store.createExperiment(experiment()), 0));
      const rounds = Array.from({ length: 10_001 }, (_, number) => round('n1', number));
      store.add(id, { rounds });
      await store.flush();
      const found = await store.rows('rounds', [id]);
      expect(found.map((row) => row.round)).toEqual(rounds.map((row) => row.round));
    });
  });
}

resultsContract('results in memory', () => openResults({ url: ':memory:', mode: 'write' }));

resultsContract('results in a file', () =>
  openResults({ url: newFile(folder).url, mode: 'write' }),
);

describe('with a server', NEEDS_SQLD, () => {
  let server: SqldServer;
  beforeAll(async () => {
    server = await startSqld(join(folder, 'sqld'), await freePort());
  });
  afterAll(() => server?.close());

  resultsContract('results on a libSQL server', async () => {
    const client = createClient({ url: server.url });
    const tables = ['results_versions', ...Object.values(TABLES).map((table) => table.name)];
    await client.batch(
      tables.reverse().map((table) => `DROP TABLE IF EXISTS ${table}`),
      'write',
    );
    client.close();
    return openResults({ url: server.url, mode: 'write' });
  });

  it('is brought to a later version with all it holds, as a file is', async () => {
    const port = await freePort();
    const older = await startSqld(join(folder, 'older'), port);
    const first = await openResults({ url: older.url, mode: 'write' });
    const id = await first.createExperiment(experiment());
    const runId = await finishRun(first, id, 0);
    await first.close();
    const step = [`ALTER TABLE runs ADD COLUMN later TEXT NOT NULL DEFAULT ''`];
    const migrations = [...RESULTS_SCHEMA.migrations, step];
    const schema = { ...RESULTS_SCHEMA, migrations };
    const later = await openResults({ url: older.url, schema, mode: 'write' });
    expect(await later.runs(id)).toMatchObject([{ id: runId, state: 'done' }]);
    expect(await later.rows('rounds', [runId])).toHaveLength(rows().rounds.length);
    await later.close();
    await expect(openResults({ url: older.url, mode: 'write' })).rejects.toMatchObject({
      code: 'store_newer',
    });
    await older.close();
  });

  it('needs the token it was started with', async () => {
    const tokens = createTokens();
    const guarded = await startSqld(join(folder, 'guarded'), await freePort(), tokens.key);
    const open = (authToken: string) => openResults({ url: guarded.url, authToken, mode: 'write' });
    await expect(open('wrong')).rejects.toThrow(
      `Database server ${guarded.url} refused the token; check that LIBSQL_AUTH_TOKEN is set,`,
    );
    const writer = await open(tokens.create({ a: 'rw' }));
    await writer.createExperiment(experiment());
    await writer.close();
    await guarded.close();
    await expect(openResults({ url: guarded.url, mode: 'read' })).rejects.toThrow(
      `Database server ${guarded.url} does not answer; start it, or check the address`,
    );
  });
});
