// Experiments as users run them: real commands, real processes, real databases. Those that mostly
// wait, wait together; the others come one after the other, for they share the machine.

import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import type { RunRows } from '../../node/storage/results/rows.ts';
import { NEEDS_PROC } from '../support/lacking.ts';
import { describeServing } from './experiment-serving.ts';
import {
  expectStopped,
  isMeasuring,
  manyRuns,
  newest,
  place,
  reading,
  toldBy,
  untilTold,
} from './experiments.ts';
import {
  type Command,
  endEverything,
  newFolder,
  npmRun,
  outcomeOf,
  processesOf,
  run,
  until,
  untilGone,
} from './support/commands.ts';
import { freeBasePort, hold } from './support/ports.ts';

const TABLES = [
  ...['measures', 'nodes', 'rounds', 'transmissions', 'updates', 'spreads'],
  ...['queries', 'membershipEvents', 'samples'],
] as (keyof RunRows)[];

/** So many that none but a machine that stands still for seconds could do them all meanwhile. */
const RUNS = 40;

/** Real nodes, half of which stand still from the first second on. */
const VANISHING =
  'mode: emulate\nnodes: 4\nruns: 3\nround: 200ms\nmeasure: 120s\nlog_level: error\n' +
  'failure: { rate: 50%, at: 1s, how: vanish }\n';

afterAll(endEverything);

describe('npm run experiment', { timeout: 90_000 }, () => {
  specifyQuick();
  specifyEndings();
});

describe.concurrent('npm run experiment beside others', { timeout: 90_000 }, () => {
  describe('on real processes', () => specifyIni());
  describe('has node processes that', NEEDS_PROC, () => specifyProcesses());
  describe('refuses', () => specifyRefusals());
});

describe('npm run experiment -- --serve', { timeout: 90_000 }, () => {
  describeServing();
});

function specifyQuick(): void {
  it('quick leaves rows in every table, and tells programs of all of it', async () => {
    const db = `${await newFolder()}/results.db`;
    const command = npmRun('experiment', 'quick', '--db', db, '--json');
    expect(await command.ended).toEqual({ code: 0, signal: null });
    expect(command.error()).toBe('');
    const types = toldBy(command).map(({ type }) => type);
    expect(types[0]).toBe('experiment');
    expect(types.at(-1)).toBe('ended');
    for (const type of ['run', 'progress', 'run-ended']) expect(types).toContain(type);
    const { experiment, runs } = await newest(db);
    expect(experiment).toMatchObject({ name: 'quick', state: 'done', plannedRuns: 36 });
    expect(runs.map(({ state }) => state)).toEqual(Array.from({ length: 36 }, () => 'done'));
    const ids = runs.map(({ id }) => id);
    await reading(db, async (reader) => {
      for (const table of TABLES) {
        expect((await reader.rows(table, ids)).length, table).toBeGreaterThan(0);
      }
    });
    const shown = await outcomeOf('results', 'show', String(experiment.id), '--db', db);
    expect(shown).toMatchObject({ code: 0, error: '' });
  });
}

function specifyIni(): void {
  it("runs PrioMon's own config.ini on real processes, half of which are killed", async () => {
    const text = readFileSync('node/experiment/presets/priomon.ini', 'utf8');
    const { file, db } = await place('config.ini', text);
    const base = await freeBasePort(6);
    const short = ['--nodes', '6', '--measure', '10s', '--queries-count', '8', '--json'];
    const command = run('experiment', file, ...short, '--base-port', String(base), '--db', db);
    expect((await command.ended).code, command.error()).toBe(0);
    expect(await processesOf(command)).toEqual([]);
    const { experiment, runs } = await newest(db);
    expect(experiment).toMatchObject({ mode: 'emulate', state: 'done' });
    const ids = runs.map(({ id }) => id);
    const [nodes, queries, measures] = await reading(db, (reader) =>
      Promise.all([
        reader.rows('nodes', ids),
        reader.rows('queries', ids),
        reader.rows('measures', ids),
      ]),
    );
    expect(nodes).toHaveLength(6);
    expect(nodes.filter(({ killedAtMs }) => killedAtMs !== null)).toHaveLength(3);
    for (const { cpuMs, rssBytes } of nodes) {
      expect(cpuMs).toBeGreaterThan(0);
      expect(rssBytes).toBeGreaterThan(1e7);
    }
    const value = (name: string) => measures.find((one) => one.name === name)?.value;
    expect(value('full_view_ms')).toBeGreaterThan(0);
    expect(value('wire_bytes')).toBeGreaterThan(0);
    const phases = queries.map(({ phase }) => phase);
    expect(phases.filter((phase) => phase === 'before')).toHaveLength(8);
    expect(phases.filter((phase) => phase === 'failed')).toHaveLength(8);
    expect(queries.some(({ isAnswered, isTargetAlive }) => isAnswered && !isTargetAlive)).toBe(
      true,
    );
  });
}

function specifyEndings(): void {
  it.each([
    ['Ctrl-C', (command: Command) => expectStopped(command)],
    [
      'kill -9',
      async (command: Command) => {
        process.kill(command.pid, 'SIGKILL');
        await command.ended;
      },
    ],
  ])('keeps finished runs after %s, and --resume does the others alone', async (_how, end) => {
    const { file, db } = await place('many.yaml', manyRuns(RUNS));
    const first = run('experiment', file, '--db', db, '--json');
    await untilTold(
      first,
      ({ type, run: spec }) => {
        return type === 'run-ended' && (spec as { number: number }).number >= 1;
      },
      30_000,
    );
    await end(first);
    const before = await newest(db);
    expect(before.experiment.state).toBe('stopped');
    const kept = before.runs.filter(({ state }) => state === 'done');
    expect(kept.length).toBeGreaterThan(1);
    expect(kept.length).toBeLessThan(RUNS);

    const second = await outcomeOf('experiment', file, '--db', db, '--resume');
    expect(second).toMatchObject({ code: 0, error: '' });
    expect(second.out).toContain(`${RUNS} runs, ${kept.length} of them done before`);
    const after = await newest(db);
    expect(after.experiment).toMatchObject({ id: before.experiment.id, state: 'done' });
    const states = after.runs.map(({ state }) => state);
    expect(states).toEqual(Array.from({ length: RUNS }, () => 'done'));
    expect(after.runs.slice(0, kept.length)).toEqual(kept);
  });

  it('has exit code 1 when a run failed, with a sentence, and does the others', async () => {
    const base = await freeBasePort(3);
    const holder = await hold(base + 3);
    const text = 'mode: in-process\nnodes: [3, 2]\nruns: 1\nround: 100ms\nmeasure: 0\n';
    const { file, db } = await place('taken.yaml', text);
    const { code, out } = await outcomeOf(
      ...(['experiment', file, '--db', db, '--base-port', String(base)] as const),
    );
    holder.close();
    expect(code).toBe(1);
    expect(out).toContain(`failed. Port ${base + 3} on 127.0.0.1 is taken; --base-port moves all`);
    expect(out).toMatch(/\ndone: 1 run, 1 failed in /);
    expect((await newest(db)).runs.map(({ state }) => state)).toEqual(['failed', 'done']);
  });
}

function specifyRefusals(): void {
  it.each<[number, string[], RegExp]>([
    [2, ['quik'], /^There is no preset and no file called quik: did you mean quick\?$/],
    [2, ['no/such.yaml'], /^The configuration file no\/such\.yaml cannot be read: /],
    [2, ['quick', '--queries-quorum', '50'], /^queries\.quorum is .*50.*, but must be at most 7, /],
    [2, ['quick', '--target-count', '12'], /^target_count is .*12.*must be below the number of/],
    [2, ['quick', '--nodes', 'many'], /^nodes is "many" \(--nodes\), but must be a whole number/],
    [1, ['quick', '--db', '/proc/results.db'], /^.*\/proc\/results\.db.*$/],
    [1, ['quick', '--db', 'node'], /^Database .*node cannot be opened; /],
    [2, ['quick', '--db', 'ftp://host/db'], /^Database address "ftp:\/\/host\/db" is not usable;/],
  ])('ends with exit code %i for %j, and one sentence', async (code, args, sentence) => {
    const outcome = await outcomeOf('experiment', ...args);
    expect(outcome.error.trimEnd()).toMatch(sentence);
    expect(outcome.error.trimEnd().split('\n')).toHaveLength(1);
    expect(outcome.code).toBe(code);
    expect(await processesOf(outcome)).toEqual([]);
  });
}

function specifyProcesses(): void {
  async function vanishing(): Promise<Command & { db: string }> {
    const { file, db } = await place('vanishing.yaml', VANISHING);
    const base = await freeBasePort(4);
    const command = run('experiment', file, '--base-port', String(base), '--db', db, '--json');
    await untilTold(command, isMeasuring(2_000), 40_000);
    expect((await processesOf(command)).length).toBe(5);
    return { ...command, db };
  }

  it('end with Ctrl-C, those that stand still as well', async () => {
    const command = await vanishing();
    await expectStopped(command);
    expect((await newest(command.db)).runs.map(({ state }) => state)).toEqual(['stopped']);
  });

  it('end when the experiment is killed, those that stand still as well', async () => {
    const command = await vanishing();
    process.kill(command.pid, 'SIGKILL');
    await untilGone(command, 6_000);
  });

  it('end with Ctrl-C while they load', async () => {
    const { file, db } = await place('vanishing.yaml', VANISHING);
    const base = await freeBasePort(40);
    const many = ['--nodes', '40', '--base-port', String(base), '--db', db, '--json'];
    const command = run('experiment', file, ...many);
    await until(20_000, async () => {
      expect((await processesOf(command)).length).toBeGreaterThan(4);
    });
    await expectStopped(command);
  });
}
