// Which nodes failures and partitions meet, and what runs in virtual time find of it.

import { describe, expect, it } from 'vitest';
import { killedOf } from '../../../node/experiment/plan/points.ts';
import { victimsOf } from '../../../node/experiment/runs/fault-schedule.ts';
import { perform, scalar, specOf, specsOf } from './support.ts';

const SIMULATED = { mode: 'simulate', nodes: '10', measure: '40s' } as const;

describe('victims', () => {
  it.each([0.1, 0.25, 0.5, 0.75])('are as many as a rate of %s says', (rate) => {
    const { killed } = victimsOf(specOf({ ...SIMULATED, 'failure.rate': String(rate) }));
    expect(killed).toHaveLength(killedOf(10, rate));
    expect(new Set(killed).size).toBe(killed.length);
  });

  it('are the same for what is compared, and others in another repetition', () => {
    const flags = { ...SIMULATED, 'failure.rate': '0.5', 'partition.share': '0.3' };
    const specs = specsOf({ ...flags, strategy: 'full,priomon', runs: '2' });
    const [full, priomon, again] = specs.map(victimsOf);
    expect(full).toEqual(priomon);
    expect(full?.killed).not.toEqual(again?.killed);
    expect(full?.cutOff).toHaveLength(3);
  });
});

describe('a run with failures', () => {
  const flags = { ...SIMULATED, 'failure.rate': '0.3', 'failure.at': '5s' };

  it('kills its victims at their time, and all others notice', async () => {
    const run = await perform(specOf(flags));
    const killed = run.rows.nodes?.filter(({ killedAtMs }) => killedAtMs !== null) ?? [];
    const numbers = killed.map(({ node }) => Number(node.slice(1)) - 1);
    expect(numbers.sort()).toEqual(victimsOf(specOf(flags)).killed.sort());
    expect(new Set(killed.map(({ killedAtMs }) => killedAtMs)).size).toBe(1);
    for (const { restartedAtMs, rounds } of killed) {
      expect(restartedAtMs).toBeNull();
      expect(rounds).toBeGreaterThan(0);
    }
    expect(scalar(run, 'detection_ms')).toBeGreaterThan(0);
    expect(scalar(run, 'false_deaths')).toBe(0);
    expect(scalar(run, 'recovery_ms')).toBeUndefined();
  });

  it('finds the return of the dead, and how long all took to be whole again', async () => {
    const run = await perform(specOf({ ...flags, 'failure.restart_after': '10s' }));
    for (const { killedAtMs, restartedAtMs } of run.rows.nodes ?? []) {
      if (killedAtMs !== null) expect(restartedAtMs).toBeCloseTo(killedAtMs + 10_000);
    }
    expect(scalar(run, 'recovery_ms')).toBeGreaterThan(0);
    expect(scalar(run, 'recovery_ms')).toBeLessThan(20_000);
  });

  it('says so when the run ended before all was whole', async () => {
    const late = { 'failure.at': '5s', 'failure.restart_after': '34900ms' };
    expect(scalar(await perform(specOf({ ...flags, ...late })), 'recovery_ms')).toBeNull();
  });
});

it('counts no death across a partition as a false one, and finds the heal', async () => {
  const run = await perform(specOf({ ...SIMULATED, 'partition.share': '0.4', measure: '90s' }));
  const dead = run.rows.membershipEvents?.filter(({ status }) => status === 'dead') ?? [];
  expect(dead.length).toBeGreaterThan(0);
  expect(scalar(run, 'false_deaths')).toBe(0);
  expect(scalar(run, 'recovery_ms')).toBeGreaterThan(0);
});

it('is slower to know all on a network that loses messages', async () => {
  const mean = async (loss: string): Promise<number> => {
    const specs = specsOf({ ...SIMULATED, loss, measure: '0', runs: '5' });
    const times = await Promise.all(specs.map(async (spec) => scalar(await perform(spec), FULL)));
    return times.reduce<number>((sum, ms) => sum + (ms ?? Number.NaN), 0) / times.length;
  };
  expect(await mean('0.5')).toBeGreaterThan((await mean('0')) * 1.3);
});

const FULL = 'full_view_ms';

it('says that nodes never knew all where too little time was given', async () => {
  const run = await perform(specOf({ ...SIMULATED, converge_within: '1s', loss: '0.9' }));
  expect(scalar(run, FULL)).toBeNull();
});
