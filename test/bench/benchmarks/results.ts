// Whether writing results disturbs an experiment: rounds of 300 nodes over ten minutes, told a
// hundred times as fast as they happen, and how late the experiment's own timers fire meanwhile.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openResults } from '../../../node/storage/results/libsql.ts';
import { DONE, experiment, round, run } from '../../storage/results/rows.ts';
import type { Benchmark, Row } from '../benchmark.ts';
import { quantile } from '../support/statistics.ts';

const NODES = 300;
const ROUNDS = 600;
/** Of a hundredth of a round. */
const ROUND_MS = 10;

export const results: Benchmark = {
  name: 'results',
  title: 'Results of an experiment written behind its back',
  async run({ folder, isQuick }) {
    const rounds = isQuick ? ROUNDS / 10 : ROUNDS;
    const without = await watchRounds(rounds, () => undefined);
    const store = await openResults({ url: `file:${join(folder, 'results.db')}`, mode: 'write' });
    const id = await store.createRun(run(await store.createExperiment(experiment()), 0));
    const beganAtMs = performance.now();
    const late = await watchRounds(rounds, (number) =>
      store.add(id, { rounds: Array.from({ length: NODES }, (_, i) => round(`n${i}`, number)) }),
    );
    const addedMs = performance.now() - beganAtMs;
    await store.endRun(id, DONE);
    const writtenMs = performance.now() - beganAtMs;
    await store.close();
    const rows = NODES * rounds;
    return [
      {
        what: `${NODES} nodes × ${rounds} rounds into results, time a row`,
        values: [(writtenMs * 1_000) / rows],
        unit: 'µs',
        // Nodes make one every 3,300.
        aim: 100,
        note: `added in ${seconds(addedMs)} s, on disk ${seconds(writtenMs - addedMs)} s later`,
      },
      latenessRow('writing results', late, 20),
      latenessRow('writing nothing', without, undefined),
    ];
  },
};

const seconds = (ms: number): string => (ms / 1_000).toFixed(1);

/** How much later than asked each round's timer came, ms. */
async function watchRounds(rounds: number, tell: (number: number) => void): Promise<number[]> {
  const late: number[] = [];
  for (let number = 0; number < rounds; number++) {
    const dueAtMs = performance.now() + ROUND_MS;
    tell(number);
    await sleep(ROUND_MS);
    late.push(Math.max(0, performance.now() - dueAtMs));
  }
  return late;
}

const latenessRow = (what: string, late: readonly number[], aim: number | undefined): Row => ({
  what: `lateness p99 of an experiment ${what}`,
  values: [quantile(late, 0.99)],
  unit: 'ms',
  ...(aim !== undefined && { aim }),
  note: `${late.length} timers of ${ROUND_MS} ms; largest ${quantile(late, 1).toFixed(1)} ms`,
});
