// The processes of a run end with it, whatever state they are in.

import { afterEach, expect, it } from 'vitest';
import {
  createProcessPool,
  type ProcessPool,
} from '../../../node/experiment/emulation/process-pool.ts';

const realPath = process.execPath;
const pools: ProcessPool[] = [];
afterEach(async () => {
  process.execPath = realPath;
  for (const pool of pools.splice(0)) await pool.end();
});

function poolOf(signal = new AbortController().signal): ProcessPool {
  const pool = createProcessPool(signal, () => ({ onSeen: () => {}, onLine: () => {} }));
  pools.push(pool);
  return pool;
}

it('ends one that stands still', async () => {
  const pool = poolOf();
  await pool.open(0);
  pool.freeze(0);
  expect(await pool.processes.get(0)?.use()).toBeUndefined();
  await pool.processes.get(0)?.flush();
  await pool.end();
  expect(() => pool.check()).not.toThrow();
});

it('has a second process of a node at hand when it was prepared', async () => {
  const pool = poolOf();
  await Promise.all([pool.open(0), pool.prepare(0)]);
  const first = pool.processes.get(0);
  await first?.kill();
  process.execPath = '/no/such/node';
  await pool.open(0);
  expect(pool.processes.get(0)).not.toBe(first);
  await expect(pool.open(0)).rejects.toMatchObject({ code: 'node_ended' });
});

it('ends those that still load, and opens none any more', async () => {
  const pool = poolOf();
  const opening = [0, 1, 2, 3, 4, 5].map((index) => pool.open(index));
  const outcomes = Promise.allSettled(opening);
  await pool.end();
  const reasons = (await outcomes).map((one) => 'reason' in one && one.reason.code);
  expect(reasons.every((code) => code === 'node_ended' || code === 'stopped')).toBe(true);
  expect(pool.processes.size).toBe(0);
});

it('ends them at the signal as well', async () => {
  const end = new AbortController();
  const pool = poolOf(end.signal);
  await pool.open(0);
  const loading = pool.open(1);
  end.abort();
  await expect(loading).rejects.toMatchObject({ name: 'OperatingError' });
  await pool.end();
  expect(() => pool.check()).not.toThrow();
});

it('says so in a sentence when no process can be made', async () => {
  process.execPath = '/no/such/node';
  await expect(poolOf().open(0)).rejects.toMatchObject({
    code: 'node_ended',
    message: expect.stringMatching(/^n1 ended at its start: .*ENOENT\.$/),
  });
});
