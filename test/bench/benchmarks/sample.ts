// How long one full default sample takes: all probes of this machine, read once.

import { setTimeout as sleep } from 'node:timers/promises';
import { createProbes } from '../../../node/probes/index.ts';
import { createProbeRunner, type ProbeRunner } from '../../../node/probes/runner.ts';
import type { Benchmark } from '../benchmark.ts';
import { RIVALS } from '../rivals.ts';

const SPACING_MS = 250;
const WARM_UP = 200;

export const sample: Benchmark = {
  name: 'sample',
  title: 'One full default sample',
  async run({ isQuick }) {
    const probes = createProbes({ platform: process.platform });
    const runner = createProbeRunner(probes, { monotonicMs: () => performance.now() });
    for (let i = 0; i < WARM_UP; i++) await runner.collect(performance.now());
    const cpuBefore = process.cpuUsage();
    const together = await collectMany(runner, isQuick ? 500 : 5_000, 0);
    const used = process.cpuUsage(cpuBefore);
    const spaced = await collectMany(runner, isQuick ? 20 : 120, SPACING_MS);
    const names = probes.map(({ name }) => name).join(', ');
    return [
      {
        what: 'one full default sample, back to back',
        values: together,
        unit: 'ms',
        aim: 0.3,
        note: `${names}; time until all values are there, sample by sample`,
      },
      {
        what: `one full default sample, every ${SPACING_MS} ms`,
        values: spaced,
        unit: 'ms',
        aim: 0.3,
        note: 'as a node samples: caches and processor are cold again each time',
      },
      {
        what: 'processor time of one full default sample',
        values: [(used.user + used.system) / 1_000 / together.length],
        unit: 'ms',
        rival: RIVALS.sampleMs,
        note: 'user and system time of all threads over the back-to-back samples',
      },
    ];
  },
};

async function collectMany(runner: ProbeRunner, count: number, pauseMs: number): Promise<number[]> {
  const durations: number[] = [];
  for (let i = 0; i < count; i++) {
    if (pauseMs > 0) await sleep(pauseMs);
    const startedAt = performance.now();
    await runner.collect(startedAt);
    durations.push(performance.now() - startedAt);
  }
  return durations;
}
