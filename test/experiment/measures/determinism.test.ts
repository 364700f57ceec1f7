// A whole simulated run, from its plan to its rows.

import { describe, expect, it } from 'vitest';
import { runSpecsOf } from '../../../node/experiment/plan/points.ts';
import { performRun, type RunOutcome } from '../../../node/experiment/runs/perform.ts';
import { openSimulated } from '../../../node/experiment/runs/simulated.ts';
import { planOf } from '../plan/support.ts';

/** The first run of a plan. */
async function outcomeOf(text: string): Promise<RunOutcome> {
  const [spec] = runSpecsOf(planOf(text));
  if (spec === undefined) throw new Error('a plan has runs');
  const signal = new AbortController().signal;
  const quiet = { onLine: () => {}, onProgress: () => {}, folder: '', signal };
  return performRun({ spec, openStage: openSimulated, ...quiet });
}

const BUSY = `
nodes: 10
measure: 40s
rounds: fixed
loss: 2%
workload: bursts
failure: { rate: 20%, at: 10s, restart_after: 10s }
queries: { count: 6 }
`;

const measureOf = ({ rows }: RunOutcome, name: string, label = ''): number | null | undefined =>
  rows.measures?.find((one) => one.name === name && one.label === label)?.value;

describe('a simulated run', () => {
  it.each(['priomon', 'full'])('of %s is the same whenever its seed is', async (strategy) => {
    const text = `${BUSY}strategy: ${strategy}\n`;
    const [first, again] = [await outcomeOf(text), await outcomeOf(text)];
    expect(again).toEqual(first);
    const other = await outcomeOf(`${text}seed: 2\n`);
    expect(other.rows.measures).not.toEqual(first.rows.measures);
  });

  it('with failures finds all that there is to find', async () => {
    const outcome = await outcomeOf(BUSY);
    expect(measureOf(outcome, 'false_deaths')).toBe(0);
    expect(measureOf(outcome, 'detection_ms')).toBeLessThan(10_000);
    expect(measureOf(outcome, 'recovery_ms')).toBeLessThan(15_000);
    expect(measureOf(outcome, 'copies')).toBeGreaterThan(0.8);
    const { rows } = outcome;
    expect(rows.measures?.find(({ name }) => name === 'detection_ms')?.count).toBe(2);
    expect(
      rows.rounds?.filter(({ newEntries, messages }) => newEntries < 0 || messages < 0),
    ).toEqual([]);
    expect(rows.samples?.filter(({ mean, max }) => mean < 0 || mean > max)).toEqual([]);
    expect(rows.updates?.filter(({ reached, wanted }) => reached > wanted)).toEqual([]);
    expect(rows.updates?.length).toBeGreaterThan(10);
    expect(rows.queries).toHaveLength(18);
  });

  it('ends every update that was not lost with its owner', async () => {
    const { rows } = await outcomeOf(BUSY);
    const dead = new Set(
      rows.nodes?.filter(({ killedAtMs }) => killedAtMs).map(({ node }) => node),
    );
    const open = rows.updates?.filter(({ allMs, owner }) => allMs === null && !dead.has(owner));
    expect(open).toEqual([]);
  });

  it('measures what the network carried in the measured time alone', async () => {
    const outcome = await outcomeOf('nodes: 6\nmeasure: 240s\nrounds: fixed\n');
    const from = (outcome.lengthMs ?? 0) - 240_000;
    // Rounds begin and end where they will, which weighs little in so long a time.
    const inside = (outcome.rows.rounds ?? []).filter(({ atMs }) => atMs > from + 500);
    const sum = (key: 'messages' | 'sentBytes' | 'lengthMs'): number =>
      inside.reduce((all, row) => all + row[key], 0);
    const seconds = sum('lengthMs') / 1_000;
    for (const [name, expected] of [
      ['messages', sum('messages') / seconds],
      ['wire_bytes', sum('sentBytes') / seconds],
    ] as const) {
      expect((measureOf(outcome, name) ?? 0) / expected).toBeGreaterThan(0.95);
      expect((measureOf(outcome, name) ?? 0) / expected).toBeLessThan(1.05);
    }
  });
});
