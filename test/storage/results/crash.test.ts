// A process that writes results is killed: what was finished stays, the rest is done anew.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { openResults } from '../../../node/storage/results/libsql.ts';
import { atEnd } from '../../support/closing.ts';
import { newFile, temporaryFolder } from '../support.ts';
import { finishRun, rows } from './rows.ts';

const folder = temporaryFolder();

const RUN_ROUNDS = 30_000;

/** Finishes run 0, then writes rows of run 1 for ever; says so once some of them are stored. */
async function startWriter(url: string): Promise<ChildProcess> {
  const program = `
    const { openResults } = await import('${resolve('node/storage/results/libsql.ts')}');
    const rows = await import('${resolve('test/storage/results/rows.ts')}');
    const { DONE, experiment, round, run } = rows;
    const store = await openResults({ url: '${url}', mode: 'write' });
    const id = await store.createExperiment(experiment({ planHash: 'plan' }));
    const rounds = (first, count) =>
      Array.from({ length: count }, (_, i) => round('n1', first + i));
    const whole = await store.createRun(run(id, 0));
    store.add(whole, { rounds: rounds(0, ${RUN_ROUNDS}) });
    await store.endRun(whole, DONE);
    const half = await store.createRun(run(id, 1));
    for (let first = 0; ; first += 1_000) {
      store.add(half, { rounds: rounds(first, 1_000) });
      await store.flush();
      if (first === 5_000) console.log('writing');
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  atEnd(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

it('a killed experiment keeps its finished runs; the one under way is redone', async () => {
  const { url } = newFile(folder);
  const child = await startWriter(url);
  const watching = await openResults({ url, mode: 'read' });
  expect(await watching.experiments()).toMatchObject([{ state: 'running' }]);
  await watching.close();
  const rival = await openResults({ url, mode: 'write' });
  const found = await rival.findResumable('plan');
  const id = found?.id ?? 0;
  await expect(rival.resumeExperiment(id)).rejects.toThrow(
    new RegExp(`^Experiment ${id} cannot be resumed: process .* ${child.pid} runs it now\\.$`),
  );

  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;

  const reader = await openResults({ url, mode: 'read' });
  expect(await reader.experiment(id)).toMatchObject({ state: 'stopped', endedAtMs: null });
  const [whole, half] = await reader.runs(id);
  expect([whole?.state, half?.state]).toEqual(['done', 'stopped']);
  expect(await reader.rows('rounds', [whole?.id ?? 0])).toHaveLength(RUN_ROUNDS);
  const left = await reader.rows('rounds', [half?.id ?? 0]);
  expect(left.length).toBeGreaterThanOrEqual(6_000);
  await reader.close();

  await rival.resumeExperiment(id);
  const again = await finishRun(rival, id, 1);
  expect((await rival.runs(id)).map((run) => run.id)).toEqual([whole?.id, again]);
  expect(await rival.rows('rounds', [half?.id ?? 0])).toEqual([]);
  expect(await rival.rows('rounds', [again])).toHaveLength(rows().rounds.length);
  await rival.endExperiment(id, { state: 'done', endedAtMs: 1 });
  await rival.close();
});
