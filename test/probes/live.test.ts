// The probes on the machine that runs the tests, against what it says elsewhere.

import { execFileSync } from 'node:child_process';
import { freemem, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { createProbes, DEFAULT_ROOTS } from '../../node/probes/index.ts';
import { createProbeRunner } from '../../node/probes/runner.ts';
import { findMemoryLimit } from '../../node/probes/support/cgroup.ts';
import { isReal, realFileSystems } from '../../node/probes/support/file-systems/file-systems.ts';
import { readMounts } from '../../node/probes/support/file-systems/mounts.ts';
import { NEEDS_LINUX } from '../support/lacking.ts';

const platform = process.platform;
const monotonicMs = () => performance.now();

/** Two samples around real work, so that ticks and time have passed. */
async function sampleHere() {
  const runner = createProbeRunner(createProbes({ platform }), { monotonicMs });
  await runner.collect(monotonicMs());
  const untilMs = monotonicMs() + 200;
  while (monotonicMs() < untilMs) Math.sqrt(untilMs);
  const readings = await runner.collect(monotonicMs());
  const values = new Map(readings.map(({ metric, value }) => [metric, value]));
  return { values, runs: runner.runs() };
}

/** A value that needs no second sample. */
async function readOne(metric: string): Promise<number> {
  const runner = createProbeRunner(createProbes({ platform }), { monotonicMs });
  const readings = await runner.collect(monotonicMs());
  return readings.find((reading) => reading.metric === metric)?.value ?? Number.NaN;
}

/** Both sides of a comparison are read a moment apart, so a change in between is tried again. */
const RETRY = { timeout: 15_000, interval: 50 };

test('no probe fails on this machine', async () => {
  const { runs } = await sampleHere();
  expect(runs.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  for (const { durationMs } of runs) expect(durationMs).toBeGreaterThanOrEqual(0);
});

test('a busy loop shows as CPU in use', async () => {
  const { values } = await sampleHere();
  expect(values.get('cpu')).toBeGreaterThan(0);
  expect(values.get('cpu')).toBeLessThanOrEqual(100);
});

describe('on Linux', NEEDS_LINUX, () => {
  test('memory is what Node says is not available', async () => {
    const limited = findMemoryLimit(DEFAULT_ROOTS, totalmem()) !== undefined;
    await vi.waitFor(async () => {
      const memory = await readOne('memory');
      expect(memory).toBeGreaterThan(0);
      expect(memory).toBeLessThanOrEqual(100);
      // Node tells the machine's figures; under a limit only the range can be checked.
      const machine = 100 * (1 - freemem() / totalmem());
      if (!limited) expect(Math.abs(memory - machine)).toBeLessThan(0.5);
    }, RETRY);
  });

  test('storage is what df prints for the fullest of the same file systems', async () => {
    const table = await readMounts(DEFAULT_ROOTS, isReal);
    const paths = realFileSystems(table?.mounts ?? []).map(({ name }) => name);
    expect(paths.length).toBeGreaterThan(0);
    await vi.waitFor(async () => {
      const printed = execFileSync('df', ['-P', ...paths], { encoding: 'utf8' });
      const shares = [...printed.matchAll(/ (\d+)% /g)].map(([, share]) => Number(share));
      // df rounds up to whole points.
      expect(Math.max(...shares)).toBe(Math.ceil(await readOne('storage')));
    }, RETRY);
  });

  test('load is what Node reads', async () => {
    await vi.waitFor(async () => {
      expect(await readOne('load1')).toBeCloseTo(loadavg()[0] ?? -1, 1);
    }, RETRY);
  });

  test('systeminformation is never loaded', () => {
    const script = `
      const { createProbes } = await import('./node/probes/index.ts');
      for (const probe of createProbes({ platform: 'linux' })) await probe.collect(0);
      const { createRequire } = await import('node:module');
      const files = Object.keys(createRequire(import.meta.url).cache);
      console.log(files.some((file) => file.includes('systeminformation')));`;
    const run = (text: string) =>
      execFileSync(process.execPath, ['--input-type=module', '-e', text], {
        cwd: join(import.meta.dirname, '../..'),
        encoding: 'utf8',
      }).trim();
    expect(run(script)).toBe('false');
    expect(run(script.replace("'linux'", "'darwin'"))).toBe('true');
  });
});
