// The experiments that the built site of the tests shows: a rich one, and all the odd ones.

import { emptyRows } from '../../../analysis-site/src/data/experiments.ts';
import { type Fixture, madeData, madeExperiment, madeRun } from '../fixtures.ts';

/** What a name may hold that must stay text. */
export const HOSTILE = `<img src=x onerror="alert('1')"> & "quotes" </script>`;

export const RICH = 1;
export const SINGLE = 2;
export const FAILED = 3;
export const EMPTY = 4;
export const DYING = 5;

const named = (data: Fixture, name: string, title: string): Fixture => ({
  ...data,
  experiment: { ...data.experiment, name, title, planHash: name },
});

/** Strategies and sizes, with a late run and a failed one. */
function rich(): Fixture {
  const data = madeData({ strategy: ['full', 'digest', 'priomon'], nodes: [20, 50] });
  const runs = data.runs.map((run) => {
    if (run.number === 3) return { ...run, isTimely: false, remark: 'The event loop was late.' };
    if (run.number !== 4) return run;
    return { ...run, state: 'failed' as const, remark: 'n7 ended before all were ready.' };
  });
  return named({ ...data, runs }, 'overhead', 'What does each strategy cost?');
}

const failed = (): Fixture => ({
  experiment: { ...madeExperiment, plannedRuns: 2, state: 'failed' },
  runs: [0, 1].map((number) => ({
    ...madeRun,
    number,
    id: number + 1,
    repeat: number + 1,
    state: 'failed',
    lengthMs: null,
    remark: `No port was free. ${HOSTILE}`,
  })),
  rows: emptyRows(),
});

const empty = (): Fixture => ({
  experiment: { ...madeExperiment, plannedRuns: 9, state: 'stopped', endedAtMs: null },
  runs: [],
  rows: emptyRows(),
});

/** In the order of their numbers. */
export const siteExperiments = (): Fixture[] => [
  rich(),
  named(madeData({ repeats: 1 }), 'single', HOSTILE),
  named(failed(), 'failed', 'Only failures'),
  named(empty(), 'empty', ''),
  named(madeData({ failureRate: [0, 0.3], loss: [0, 0.1] }), 'dying', 'What when nodes die?'),
];

export const experimentPath = (id: number): string => `experiments/${id}/`;

/** Every page of the site but the one for wrong addresses. */
export const PAGES: readonly string[] = [
  '',
  'compare/',
  'method/',
  'schema/',
  ...[RICH, SINGLE, FAILED, EMPTY, DYING].map(experimentPath),
];
