// The trace that ships with the project, the recorder that made it, and traces in files.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CPU, LOAD1, MEMORY, NETWORK, PRIMARY_METRICS } from '../../../node/config/metrics.ts';
import { loadTrace, RECORDED_TRACE } from '../../../node/experiment/workloads/traces/load-trace.ts';
import { record } from '../../../node/experiment/workloads/traces/recording.ts';
import { replay } from '../../../node/experiment/workloads/traces/replay.ts';
import { readTrace } from '../../../node/experiment/workloads/traces/trace-file.ts';
import { systemClock } from '../../../node/host/process/clock.ts';
import { METRICS, news, newsOf } from './support.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'priomon-trace-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the recorded trace', () => {
  it('holds the four metrics of a machine, each second of a quarter of an hour', async () => {
    const trace = await loadTrace(RECORDED_TRACE);
    const [host] = trace.nodes;
    expect(trace.nodes.length).toBe(1);
    expect([...(host?.series.keys() ?? [])].sort()).toEqual([...PRIMARY_METRICS].sort());
    for (const [, { atMs }] of host?.series ?? []) {
      expect(atMs.length).toBeGreaterThanOrEqual(800);
      const gaps = atMs.slice(1).map((at, i) => at - (atMs[i] ?? 0));
      expect(Math.max(...gaps)).toBeLessThan(2_000);
    }
    expect(trace.durationMs).toBeGreaterThanOrEqual(800_000);
  });

  it('moves as machines at work do: beyond the deltas, within the ranges', async () => {
    const trace = await loadTrace(RECORDED_TRACE);
    const valuesOf = (name: string) => [...(trace.nodes[0]?.series.get(name)?.values ?? [])];
    for (const { name, unit } of METRICS) {
      const highest = unit === '%' ? 100 : Number.MAX_VALUE;
      const outside = valuesOf(name).filter((value) => value < 0 || value > highest);
      expect(outside, name).toEqual([]);
    }
    expect(newsOf(valuesOf('cpu'), CPU).length).toBeGreaterThan(100);
    expect(newsOf(valuesOf('memory'), MEMORY).length).toBeGreaterThan(3);
    expect(newsOf(valuesOf('network'), NETWORK).length).toBeGreaterThan(3);
    expect(new Set(valuesOf('storage')).size).toBeGreaterThan(1);
  });

  it('is small, and replays', async () => {
    expect((await stat(RECORDED_TRACE)).size).toBeLessThanOrEqual(150_000);
    const trace = await loadTrace(RECORDED_TRACE);
    const workload = replay(trace, { metrics: METRICS, seed: 1, intensity: 1 });
    expect(news(workload(3), CPU, 300).length).toBeGreaterThan(10);
  });
});

describe('a trace in a file', () => {
  it('is refused by its own name', async () => {
    const path = join(folder, 'bad.csv');
    await writeFile(path, 'at_ms,node,metric,value\n0,host,cpu,high\n');
    await expect(loadTrace(path)).rejects.toThrow(`${path} line 2: value is "high"`);
  });

  it.each([
    ['missing.csv', 'does not exist; name another.'],
    ['.', 'cannot be read; name another.'],
  ])('that is %s is refused with the fix', async (name, sentence) => {
    const path = join(folder, name);
    await expect(loadTrace(path)).rejects.toMatchObject({
      code: 'trace_file',
      message: `The trace ${path} ${sentence}`,
    });
  });
});

describe('recording', () => {
  const definition = { ...LOAD1, name: 'not_primary' };
  /** Its first reading is a baseline that only rates need. */
  const machine = () => {
    let count = 0;
    const collect = async () => [
      { metric: 'cpu', value: 10 * count++ + 0.123 },
      { metric: 'not_primary', value: 5 },
    ];
    return { probes: [{ name: 'all', metrics: [CPU, definition], collect }], collect };
  };
  const options = { clock: systemClock, node: 'host', periodMs: 20 };

  it('writes a trace of the primary metrics in their resolution, sample by sample', async () => {
    const writes: string[] = [];
    const write = async (lines: string) => void writes.push(lines);
    const rows = await record({ ...options, machine: machine(), count: 3, write });
    expect(rows).toBe(4);
    expect(writes.length).toBe(5);
    const [host] = readTrace(writes.join('')).nodes;
    expect([...(host?.series.keys() ?? [])]).toEqual(['cpu']);
    expect(host?.series.get('cpu')?.values).toEqual([10.1, 20.1, 30.1, 40.1]);
  });

  it('ends early when told to, and keeps what it has', async () => {
    const stop = new AbortController();
    const write = async (lines: string) => {
      if (lines.includes('20.1')) stop.abort();
    };
    const signal = stop.signal;
    expect(await record({ ...options, machine: machine(), count: 1e6, write, signal })).toBe(2);
  });
});

describe('the recorder', () => {
  const COMMAND = 'node/experiment/workloads/traces/record.ts';
  const run = promisify(execFile);
  const start = (...args: string[]) => run(process.execPath, [COMMAND, ...args]);

  it('records this machine by its probes and ends by itself', async () => {
    const out = join(folder, 'out.csv');
    const { stdout } = await start('--seconds', '1', '--out', out);
    expect(stdout).toBe(`8 rows in ${out}\n`);
    const [host] = readTrace(await readFile(out, 'utf8')).nodes;
    expect([...(host?.series.keys() ?? [])].sort()).toEqual([...PRIMARY_METRICS].sort());
    expect(host?.series.get('cpu')?.atMs.length).toBe(2);

    const again = start('--seconds', '1', '--out', out);
    await expect(again).rejects.toMatchObject({
      code: 1,
      stderr: `--out ${out} exists already; name another file.\n`,
    });
  });

  it.each([
    [['--out', 'x.csv'], '--seconds is missing, but must be a whole number from 1 to 86400.'],
    [['--seconds', '1.5', '--out', 'x.csv'], '--seconds is 1.5, but must be a whole number'],
    [['--seconds', '1'], '--out is missing; name the file to write.'],
    [['--seconds', '1', '--out', 'x.csv', '--node', 'a,b'], '--node is a,b, but must be of'],
    [['--second', '1'], "Unknown option '--second'."],
  ])('refuses %j in a sentence', async (args, sentence) => {
    const failure: unknown = await start(...args).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 2, stderr: expect.stringContaining(sentence) });
    expect(failure).toMatchObject({
      stderr: expect.stringMatching(/^[^\n]+ Usage: record.ts --seconds [^\n]+\n$/),
    });
  });
});
