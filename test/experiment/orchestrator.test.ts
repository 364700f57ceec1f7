// Experiments from their plan to their rows: runs that fail, results that cannot be kept, and going
// on where somebody stopped.

import { afterEach, describe, expect, it } from 'vitest';
import type { FlagValues } from '../../node/config/sources/environment.ts';
import {
  type Ending,
  type ExperimentEvent,
  runExperiment,
} from '../../node/experiment/orchestrator.ts';
import { loadExperiment } from '../../node/experiment/plan/load.ts';
import { openResults, type ResultsOptions } from '../../node/storage/results/libsql.ts';
import type { ResultsStore } from '../../node/storage/results/store.ts';
import { RESULTS_SCHEMA } from '../../node/storage/results/tables/schema.ts';
import { freeBasePort, hold } from '../e2e/support/ports.ts';
import { newFile, temporaryFolder } from '../storage/support.ts';

const folder = temporaryFolder();
const stores: ResultsStore[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close().catch(() => undefined);
});

async function open(options: Partial<ResultsOptions> = {}): Promise<ResultsStore> {
  const store = await openResults({ ...newFile(folder), ...options, mode: 'write' });
  stores.push(store);
  return store;
}

interface Watched {
  readonly ending: Ending;
  readonly events: readonly ExperimentEvent[];
}

const NEVER = (_event: ExperimentEvent): boolean => false;

/** `stopAt`: Ctrl-C at the first event that it is true of. */
async function run(
  store: ResultsStore,
  flags: FlagValues,
  { resume = false, stopAt = NEVER, events = [] as ExperimentEvent[] } = {},
): Promise<Watched> {
  const controller = new AbortController();
  const ending = await runExperiment({
    ...{ store, resume, signal: controller.signal },
    experiment: loadExperiment(undefined, { mode: 'simulate', measure: '5s', ...flags }),
    onEvent(event) {
      events.push(event);
      if (stopAt(event)) controller.abort();
    },
  });
  return { ending, events };
}

const startedRuns = ({ events }: Watched): number[] =>
  events.flatMap((event) => (event.type === 'run' ? [event.spec.number] : []));

const atRun =
  (number: number) =>
  (event: ExperimentEvent): boolean =>
    event.type === 'progress' && event.spec.number === number && event.phase === 'measuring';

describe('an experiment', () => {
  it('tells of each run from its start to its measures, and of its own end', async () => {
    const store = await open();
    const watched = await run(store, { nodes: '4,6', runs: '1' });
    expect(watched.ending).toEqual({ state: 'done', done: 2, failed: 0 });
    const types = watched.events.map(({ type }) => type);
    expect(types[0]).toBe('experiment');
    expect(types.at(-1)).toBe('ended');
    expect(startedRuns(watched)).toEqual([0, 1]);
    const ended = watched.events.filter((event) => event.type === 'run-ended');
    for (const { state, measures } of ended) {
      expect(state).toBe('done');
      expect(measures.map(({ name }) => name)).toContain('full_view_ms');
    }
    const phases = watched.events.flatMap((one) => (one.type === 'progress' ? [one.phase] : []));
    expect(new Set(phases)).toEqual(new Set(['starting', 'converging', 'measuring']));
  });

  it('leaves the same rows when it is run again, but for what clocks say', async () => {
    const store = await open();
    for (let i = 0; i < 2; i++) await run(store, { nodes: '5', runs: '1', loss: '0.2' });
    const [second, first] = await store.experiments();
    const rowsOf = async (id = 0) => {
      const ids = (await store.runs(id)).map((one) => one.id);
      const rows = await store.rows('measures', ids);
      return rows.map(({ runId: _, ...row }) => row);
    };
    expect(await rowsOf(second?.id)).toEqual(await rowsOf(first?.id));
  });
});

describe('an experiment that is stopped', () => {
  it('keeps what was finished, and goes on with the rest alone', async () => {
    const store = await open();
    const flags = { nodes: '4', runs: '5' };
    const first = await run(store, flags, { stopAt: atRun(2) });
    expect(first.ending).toEqual({ state: 'stopped', done: 2, failed: 0 });
    const [stopped] = await store.experiments();
    expect((await store.runs(stopped?.id ?? 0)).map(({ state }) => state)).toEqual([
      ...['done', 'done', 'stopped'],
    ]);
    const second = await run(store, flags, { resume: true });
    expect(second.ending).toEqual({ state: 'done', done: 5, failed: 0 });
    expect(startedRuns(second)).toEqual([2, 3, 4]);
    expect(second.events[0]).toMatchObject({ id: stopped?.id, runs: 5, done: 2 });
    expect(await store.experiments()).toHaveLength(1);
  });

  it('is not gone on with when its plan is another one', async () => {
    const store = await open();
    await run(store, { nodes: '4', runs: '3' }, { stopAt: atRun(1) });
    const other = await run(store, { nodes: '5', runs: '3' }, { resume: true });
    expect(startedRuns(other)).toEqual([0, 1, 2]);
    expect(await store.experiments()).toHaveLength(2);
  });
});

it('a run that fails is a row with a sentence, and the others go on', async () => {
  const store = await open();
  const base = await freeBasePort(4);
  const holder = await hold(base + 4);
  const real = { mode: 'in-process', round: '100ms', measure: '0', base_port: String(base) };
  const { ending, events } = await run(store, { ...real, nodes: '4,3', runs: '1' });
  holder.close();
  expect(ending).toEqual({ state: 'done', done: 1, failed: 1 });
  const [row] = await store.experiments();
  const runs = await store.runs(row?.id ?? 0);
  expect(runs.map(({ state }) => state)).toEqual(['failed', 'done']);
  const sentence = `Port ${base + 4} on 127.0.0.1 is taken; --base-port moves all nodes.`;
  expect(runs[0]?.remark).toBe(sentence);
  expect(events).toContainEqual(expect.objectContaining({ state: 'failed', remark: sentence }));
});

it('ends with a sentence when results cannot be kept, and keeps finished runs', async () => {
  const full = ['PRAGMA max_page_count = 120'];
  const migrations = [...RESULTS_SCHEMA.migrations, full];
  const store = await open({ schema: { ...RESULTS_SCHEMA, migrations } });
  const events: ExperimentEvent[] = [];
  const running = run(store, { nodes: '10', measure: '60s', runs: '20' }, { events });
  await expect(running).rejects.toThrow(/ is full; free some space, /);
  const [row] = await store.experiments();
  const states = (await store.runs(row?.id ?? 0)).map(({ state }) => state);
  expect(states[0]).toBe('done');
  expect(states.at(-1)).toBe('failed');
  expect(events.filter(({ type }) => type === 'run-ended').at(-1)).toMatchObject({
    remark: expect.stringContaining('is full'),
  });
});
