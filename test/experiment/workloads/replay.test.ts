import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CPU, MEMORY, NETWORK, STORAGE } from '../../../node/config/metrics.ts';
import { offsetMs, replay } from '../../../node/experiment/workloads/traces/replay.ts';
import { buildTrace, type TraceRow } from '../../../node/experiment/workloads/traces/trace.ts';
import type { WorkloadOptions } from '../../../node/experiment/workloads/workload.ts';
import { METRICS } from './support.ts';

const row = (atMs: number, metric: string, value: number, node = 'a'): TraceRow => ({
  atMs,
  node,
  metric,
  value,
});

function play(rows: readonly TraceRow[], changes: Partial<WorkloadOptions> = {}) {
  const trace = buildTrace(rows);
  if (trace === undefined) throw new Error('no trace');
  return replay(trace, { metrics: METRICS, seed: 7, intensity: 1, ...changes });
}

// Lasts 4 s: three samples, the last as long as the others on average.
const ROWS = [
  row(0, CPU.name, 10),
  row(0, MEMORY.name, 50),
  row(1_000, CPU.name, 20),
  row(1_000, 'unheard_of', 99),
  row(2_000, CPU.name, 30),
  row(2_000, NETWORK.name, 7e5),
  row(3_000, CPU.name, 40),
];

describe('a replay', () => {
  it('gives the rows back at their times, and holds each value until the next', () => {
    const signal = play(ROWS)(0);
    const cpu = [0, 999, 1_000, 1_500, 2_000, 3_000, 3_999].map((at) => signal.valuesAt(at)[0]);
    expect(cpu).toEqual([10, 10, 20, 20, 30, 40, 40]);
    expect(signal.valuesAt(3_500)[METRICS.indexOf(MEMORY)]).toBe(50);
  });

  it('loops when the run is longer than the trace', () => {
    const signal = play(ROWS)(0);
    for (const at of [0, 700, 1_000, 3_999]) {
      expect(signal.valuesAt(at + 4_000)).toEqual(signal.valuesAt(at));
      expect(signal.valuesAt(at + 4_000_000)).toEqual(signal.valuesAt(at));
    }
  });

  it('has the first value of a metric before its first sample, and 0 for one it lacks', () => {
    const values = play(ROWS)(0).valuesAt(0);
    expect(values[METRICS.indexOf(NETWORK)]).toBe(7e5);
    expect(values[METRICS.indexOf(STORAGE)]).toBe(0);
  });

  it('answers for any time whatever was asked before', () => {
    const time = fc.integer({ min: 0, max: 20_000 });
    fc.assert(
      fc.property(fc.array(time), time, fc.nat(50), (before, at, index) => {
        const asked = play(ROWS)(index);
        for (const one of before) asked.valuesAt(one);
        expect(asked.valuesAt(at)).toEqual(play(ROWS)(index).valuesAt(at));
      }),
    );
  });

  it('plays faster with intensity', () => {
    expect(play(ROWS, { intensity: 2 })(0).valuesAt(1_000)[0]).toBe(30);
    expect(play(ROWS, { intensity: 0 })(0).valuesAt(3_000)[0]).toBe(10);
  });

  it('gives node i the traced node i mod k', () => {
    const rows = [0, 1_000].flatMap((at) => [row(at, CPU.name, 1), row(at, CPU.name, 2, 'b')]);
    const workload = play(rows);
    expect([0, 1, 2, 3, 4].map((index) => workload(index).valuesAt(0)[0])).toEqual([1, 2, 1, 2, 1]);
  });

  it('starts further laps elsewhere: a hundred nodes do not jump together', () => {
    const workload = play(ROWS);
    const jumps = new Map<number, number>();
    for (let index = 0; index < 100; index++) {
      const signal = workload(index);
      for (let at = 0; at < 4_000; at += 50) {
        if (signal.valuesAt(at)[0] === signal.valuesAt(at + 50)[0]) continue;
        jumps.set(at, (jumps.get(at) ?? 0) + 1);
      }
    }
    // Each node jumps four times in 80 slots: 5 a slot when they lie evenly.
    expect(Math.max(...jumps.values())).toBeLessThan(12);
    expect(workload(5).valuesAt(0)).toEqual(workload(0).valuesAt(offsetMs(5, 4_000)));
  });

  it('refuses a trace that holds none of the metrics asked for', () => {
    const rows = [row(0, 'cpu_usage', 1), row(1, 'cpu_usage', 1)];
    expect(() => play(rows)).toThrow(
      'The trace holds cpu_usage, but none of the metrics cpu, memory, network, storage; rename',
    );
  });
});
