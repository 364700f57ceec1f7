// What npm run results lists and shows of experiments of every state.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listResults } from '../../../node/cli/results/list.ts';
import { showAsJson, showAsText } from '../../../node/cli/results/show.ts';
import { timeText } from '../../../node/cli/results/text.ts';
import { createPaint } from '../../../node/cli/terminal/paint.ts';
import { openResults } from '../../../node/storage/results/libsql.ts';
import type { ResultsStore } from '../../../node/storage/results/store.ts';
import {
  DONE,
  experiment,
  finishRun,
  HOSTILE,
  measure,
  run,
  START_MS,
} from '../../storage/results/rows.ts';

const PLAIN = createPaint({ isTTY: false }, {});
/** In whatever zone the test runs. */
const STARTED = timeText(START_MS);

let store: ResultsStore;

/** 1: done, two points of two runs; 2: interrupted; 3: only failed runs; 4: a hostile name. */
beforeAll(async () => {
  store = await openResults({ url: ':memory:', mode: 'write' });
  const done = await store.createExperiment(experiment({ startedAtMs: START_MS + 4 }));
  for (const number of [0, 1, 2, 3]) {
    const id = await store.createRun(run(done, number, { nodes: number < 2 ? 20 : 100 }));
    const measures = [
      measure('full_view_ms', 4_000 + number * 100),
      measure('update_p95_ms', 900, '10'),
      measure('update_p95_ms', 950.25, '5'),
      measure('recovery_ms', number === 1 ? null : 12.5),
      measure('body_bytes', 10),
    ];
    store.add(id, { measures });
    const late = { isTimely: false, remark: 'rounds took 3 s' };
    await store.endRun(id, { ...DONE, ...(number === 3 ? late : {}) });
  }
  await store.endExperiment(done, { state: 'done', endedAtMs: START_MS + 180_000 });
  const stopped = { state: 'stopped', startedAtMs: START_MS + 3, planHash: 'b' } as const;
  await store.createExperiment(experiment({ ...stopped, name: 'interrupted' }));
  const failing = { startedAtMs: START_MS + 2, planHash: 'c', plannedRuns: 1 };
  const failed = await store.createExperiment(experiment({ ...failing, name: 'all-failed' }));
  const id = await store.createRun(run(failed, 0));
  await store.endRun(id, { ...DONE, state: 'failed', remark: 'Port 4001 is taken.' });
  await store.endExperiment(failed, { state: 'failed', endedAtMs: START_MS + 5 });
  const hostile = { name: HOSTILE, title: HOSTILE, questions: [HOSTILE], startedAtMs: START_MS };
  const last = await store.createExperiment(experiment({ ...hostile, planHash: 'd' }));
  await finishRun(store, last, 0, { remark: HOSTILE, isTimely: false });
  await store.endExperiment(last, { state: 'done', endedAtMs: START_MS + 1 });
});
afterAll(() => store.close());

/** What a terminal would obey, but for the ends of lines. */
const OBEYED = /[\p{Cc}\u202e]/u;

async function shown(id: number, isWhole = false) {
  const found = await store.experiment(id);
  if (found === undefined) throw new Error(`There is no experiment ${id}.`);
  const runs = await store.runs(id);
  const ids = runs.map((one) => one.id);
  return { experiment: found, runs, measures: await store.rows('measures', ids), isWhole };
}

describe('list', () => {
  it('has a line an experiment, newest first, with what to know before trusting it', async () => {
    const out = await listResults(store, false, PLAIN);
    const lines = out.split('\n').map((line) => line.replace(/ {2,}/g, ' | '));
    expect(lines.slice(0, 4)).toEqual([
      'id | name | mode | runs | state | started | remark',
      ` 1 | spread | simulate | 4/4 | done | ${STARTED} | 1 run not timely`,
      ` 2 | interrupted | simulate | 0/4 | stopped | ${STARTED} | ` +
        'its process ended, --resume goes on',
      ` 3 | all-failed | simulate | 0/1 | failed | ${STARTED} | 1 run failed`,
    ]);
    expect(lines[4]).toContain('\\u001b[31m\\u009b2J \\u202e Ω');
    expect(out.replaceAll('\n', '')).not.toMatch(OBEYED);
  });

  it('as JSON means the names as they are, and holds nothing that a terminal obeys', async () => {
    const out = await listResults(store, true, PLAIN);
    const listed = JSON.parse(out) as { name: string; doneRuns: number }[];
    expect(listed.map(({ name }) => name)).toEqual([
      'spread',
      'interrupted',
      'all-failed',
      HOSTILE,
    ]);
    expect(listed.map(({ doneRuns }) => doneRuns)).toEqual([4, 0, 0, 1]);
    expect(out.replaceAll('\n', '')).not.toMatch(OBEYED);
  });

  it('colours the state on a terminal, and only that', async () => {
    const out = await listResults(store, false, createPaint({ isTTY: true }, {}));
    expect(out).toContain('\u001b[31mfailed ');
    // Seven headings and four states, each begun and ended.
    expect(out.split('\u001b[')).toHaveLength(1 + 2 * (7 + 4));
  });

  it('of a database without experiments says so', async () => {
    const empty = await openResults({ url: ':memory:', mode: 'write' });
    const out = await listResults(empty, false, PLAIN);
    expect(out).toBe('There are no experiments yet: npm run experiment -- FILE.\n');
    await empty.close();
  });
});

describe('show', () => {
  it('tells the main measures of each point, and which timing not to trust', async () => {
    expect(showAsText(await shown(1), PLAIN)).toBe(`Experiment 1: spread (simulate), done
How changes spread
  started   ${STARTED}, took 3 min
  runs      4 of 4 done; 1 run not timely
  machine   A CPU, 2 cores, 7.451 GiB, Linux, Node.js, PrioMon 0.1.0
  asks      How fast?
            At what cost?

nodes 20 (2 of 2 runs done)
  full_view_ms        4,050 ± 635.3 ms
  update_p95_ms [5]       950.3 ± 0 ms
  update_p95_ms [10]        900 ± 0 ms
  recovery_ms                  12.5 ms  in 1 of 2 runs

nodes 100 (2 of 2 runs done)
  full_view_ms        4,250 ± 635.3 ms
  update_p95_ms [5]       950.3 ± 0 ms
  update_p95_ms [10]        900 ± 0 ms
  recovery_ms              12.5 ± 0 ms
  ! the timing of run 3 is not to be trusted: rounds took 3 s
`);
  });

  it('tells why runs failed, and that an experiment has none yet', async () => {
    const failed = showAsText(await shown(3), PLAIN);
    const none = showAsText(await shown(2), PLAIN);
    expect(failed).toContain('(0 of 1 runs done)\n  no measures\n');
    expect(failed).toContain('  ! run 0 failed: Port 4001 is taken.\n');
    expect(none).toContain('0 of 4 done; its process ended, --resume goes on\n');
    expect(none).toContain('\nNo run has begun.\n');
  });

  it('shows names of strangers as text', async () => {
    const out = showAsText(await shown(4, true), PLAIN);
    expect(out).toContain('! the timing of run 0 is not to be trusted');
    expect(out).toContain('<script>alert(1)</script> \\u001b[31m');
    expect(out.replaceAll('\n', '')).not.toMatch(OBEYED);
  });

  it('as JSON has every number behind a mean, with --all of every measure', async () => {
    const { points } = JSON.parse(showAsJson(await shown(1, true))) as {
      points: { nodes: number; measures: object[] }[];
    };
    expect(points.map(({ nodes }) => nodes)).toEqual([20, 100]);
    expect(points[0]?.measures).toContainEqual(expect.objectContaining({ name: 'body_bytes' }));
    expect(points[0]?.measures).toContainEqual({
      name: 'recovery_ms',
      label: '',
      unit: 'ms',
      runs: 2,
      count: 1,
      dropped: 1,
      mean: 12.5,
      low: null,
      high: null,
      sd: null,
    });
  });
});
