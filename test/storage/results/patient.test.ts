// Results while their database is locked or its server away: experiments wait, say so, lose nothing
// and give up at a stated time.

import { join } from 'node:path';
import { createClient } from '@libsql/client';
import { describe, expect, it } from 'vitest';
import { OperatingError } from '../../../node/errors.ts';
import { type ExperimentEvent, runExperiment } from '../../../node/experiment/orchestrator.ts';
import { loadExperiment } from '../../../node/experiment/plan/load.ts';
import type { Database } from '../../../node/storage/results/database.ts';
import { openResults, type ResultsOptions } from '../../../node/storage/results/libsql.ts';
import { createPatientDatabase } from '../../../node/storage/results/patient.ts';
import type { ResultsStore } from '../../../node/storage/results/store.ts';
import { freePort } from '../../e2e/support/ports.ts';
import { atEnd, keep } from '../../support/closing.ts';
import { NEEDS_SQLD, newFile, type SqldServer, startSqld, temporaryFolder } from '../support.ts';
import { DONE, experiment, round, run } from './rows.ts';

const folder = temporaryFolder();

async function open(options: Omit<ResultsOptions, 'mode'>): Promise<ResultsStore> {
  const store = await openResults({ ...options, mode: 'write' });
  atEnd(() => store.close().catch(() => undefined));
  return store;
}

const start = async (port: number): Promise<SqldServer> =>
  keep(await startSqld(join(folder, `sqld ${port}`), port));

const LOCKED = new OperatingError('store_locked', 'Database r.db is locked.');
const AWAY = new OperatingError('store_away', 'Database server S does not answer.');

/** Fails as told, one error a call, then works; counts the calls. */
function createFailing(...errors: (OperatingError | undefined)[]) {
  const lines: string[] = [];
  let calls = 0;
  const answer = async (): Promise<[]> => {
    const error = errors[calls++];
    if (error !== undefined) throw error;
    return [];
  };
  const nothing = async (): Promise<void> => undefined;
  const failing: Database = { read: answer, write: answer, repeat: nothing, close: nothing };
  const database = createPatientDatabase(failing);
  const be = (patience: object) =>
    database.bePatient({ onLine: (line) => lines.push(line), pauseMs: 1, ...patience });
  return { database, be, lines, calls: () => calls };
}

const many = (error: OperatingError, count = 1_000) => new Array(count).fill(error);

describe('a store of results that was not told to be patient', () => {
  it('hears at once of a lock or a server that is away', async () => {
    const { database, calls } = createFailing(LOCKED, AWAY);
    await expect(database.write([])).rejects.toBe(LOCKED);
    await expect(database.read({ sql: '', args: [] })).rejects.toBe(AWAY);
    expect(calls()).toBe(2);
  });
});

describe('a patient store of results', () => {
  it('waits, says so once, and says when it was worth it', async () => {
    const { database, be, lines, calls } = createFailing(LOCKED, AWAY, LOCKED);
    be({ lockedMs: 60_000 });
    await database.write([]);
    expect(calls()).toBe(4);
    expect(lines).toEqual([
      'Results wait, for up to 60 s: Database r.db is locked.',
      'The database of results works again, after 0 s.',
    ]);
  });

  it('gives up at the stated time, says how to go on, and does not wait again', async () => {
    const { database, be, lines, calls } = createFailing(...many(AWAY));
    be({ awayMs: 40 });
    await expect(database.write([])).rejects.toMatchObject({
      code: 'store_away',
      message:
        'Database server S does not answer. It was waited for 0 s; when it is back, ' +
        'npm run experiment -- FILE --resume goes on.',
    });
    expect(lines).toEqual(['Results wait, for up to 0 s: Database server S does not answer.']);
    const before = calls();
    await expect(database.write([])).rejects.toBe(AWAY);
    expect(calls()).toBe(before + 1);
  });

  it('does again what may have been done only where that changes nothing', async () => {
    const { database, be, calls } = createFailing(LOCKED, AWAY);
    be({});
    await expect(database.writeOnce([])).rejects.toBe(AWAY);
    expect(calls()).toBe(2);
  });

  it('does not wait for a fault that only its user can mend', async () => {
    const full = new OperatingError('store_full', 'The disk is full.');
    const { database, be, calls } = createFailing(full);
    be({});
    await expect(database.write([])).rejects.toBe(full);
    expect(calls()).toBe(1);
  });

  it('stops waiting when told to', async () => {
    const { database, be } = createFailing(...many(LOCKED));
    const controller = new AbortController();
    be({ signal: controller.signal, pauseMs: 60_000 });
    const writing = database.write([]);
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await expect(writing).rejects.toMatchObject({ code: 'store_locked' });
  });
});

const rounds = (first: number, count: number) => ({
  rounds: Array.from({ length: count }, (_, index) => round('n1', first + index)),
});

describe('a file that another program has locked', () => {
  it('is waited for; then all is there', async () => {
    const { url } = newFile(folder);
    const lines: string[] = [];
    const store = await open({ url, busyTimeoutMs: 20 });
    store.bePatient({ onLine: (line) => lines.push(line), pauseMs: 20 });
    const id = await store.createExperiment(experiment());
    const runId = await store.createRun(run(id, 0));
    const holder = createClient({ url });
    const lock = await holder.transaction('write');
    store.add(runId, rounds(0, 3_000));
    const ending = store.endRun(runId, DONE);
    await expect.poll(() => lines.length).toBe(1);
    expect(lines[0]).toMatch(/^Results wait, for up to 60 s: Database .* is locked by another/);
    await lock.rollback();
    holder.close();
    await ending;
    expect(lines[1]).toMatch(/^The database of results works again, after/);
    expect(await store.rows('rounds', [runId])).toHaveLength(3_000);
  });
});

describe('a server that goes away in the middle', NEEDS_SQLD, () => {
  it('of a run is waited for: rows are there in order, each once', async () => {
    const port = await freePort();
    const first = await start(port);
    const lines: string[] = [];
    const store = await open({ url: first.url, waitMs: 1 });
    store.bePatient({ onLine: (line) => lines.push(line), pauseMs: 50 });
    const id = await store.createExperiment(experiment());
    const runId = await store.createRun(run(id, 0));
    store.add(runId, rounds(0, 10_000));
    await first.close();
    store.add(runId, rounds(10_000, 5_000));
    const ending = store.endRun(runId, DONE);
    await expect.poll(() => lines.length).toBe(1);
    await start(port);
    await ending;
    expect(lines[1]).toMatch(/^The database of results works again/);
    const found = await store.rows('rounds', [runId]);
    expect(found.map((row) => row.round)).toEqual(rounds(0, 15_000).rounds.map((row) => row.round));
    expect(await store.runs(id)).toMatchObject([{ state: 'done' }]);
  });

  it('of a run and stays away is given up, and the experiment can be resumed', async () => {
    const port = await freePort();
    const first = await start(port);
    const store = await open({ url: first.url });
    store.bePatient({ onLine: () => undefined, awayMs: 100, pauseMs: 20 });
    const id = await store.createExperiment(experiment({ planHash: 'plan' }));
    const runId = await store.createRun(run(id, 0));
    await first.close();
    store.add(runId, rounds(0, 5_000));
    await expect(store.endRun(runId, DONE)).rejects.toThrow(
      /^5,000 rows of the run were lost: Database server .* does not answer; .*--resume goes on\.$/,
    );
    await expect(store.endExperiment(id, { state: 'failed', endedAtMs: 1 })).rejects.toThrow();
    await start(port);
    const again = await open({ url: first.url });
    expect(await again.findResumable('plan')).toMatchObject({ id });
  });

  it('of an experiment holds it up and is told among its lines; no run fails', async () => {
    const port = await freePort();
    const first = await start(port);
    const store = await open({ url: first.url });
    const events: ExperimentEvent[] = [];
    const ending = await runExperiment({
      ...{ store, resume: false, signal: new AbortController().signal },
      experiment: loadExperiment(undefined, {
        ...{ mode: 'simulate', nodes: '4', runs: '4', measure: '5s' },
      }),
      onEvent(event) {
        events.push(event);
        if (event.type === 'run-ended' && event.spec.number === 1) {
          void first.close().then(() => setTimeout(() => void start(port), 300));
        }
      },
    });
    expect(ending).toEqual({ state: 'done', done: 4, failed: 0 });
    const lines = events.flatMap((event) => (event.type === 'line' ? [event.line] : []));
    expect(lines[0]).toMatch(/^Results wait, for up to 300 s: Database server .* does not answer;/);
    expect(lines.at(-1)).toMatch(/^The database of results works again/);
    const [found] = await store.experiments();
    const runs = await store.runs(found?.id ?? 0);
    expect(runs.map(({ state }) => state)).toEqual(['done', 'done', 'done', 'done']);
  });
});
