// Traces from a node's history, over real HTTP: the real app with a store in memory.

import { describe, expect, it } from 'vitest';
import { createApp } from '../../../node/app.ts';
import { loadTrace } from '../../../node/experiment/workloads/traces/load-trace.ts';
import { listen } from '../../../node/host/network/listen.ts';
import type { HistoryQuery, Sample, Store } from '../../../node/ports.ts';
import { createMemoryStore } from '../../../node/storage/database/memory-store.ts';
import { fixture, WALL_MS } from '../../http/fixture.ts';
import { keep } from '../../support/closing.ts';

/** The node's address, and what its store was asked. */
async function startNode(samples: readonly Sample[], changes: Partial<Store> = {}) {
  const asked: HistoryQuery[] = [];
  const memory = createMemoryStore({ maxSamples: 50_000 });
  memory.recordSamples(samples);
  const history: Store['history'] = (query) => {
    asked.push(query);
    return memory.history(query);
  };
  const app = createApp(fixture({ store: { ...memory, history, ...changes } }).deps);
  const listener = keep(await listen(app, { host: '127.0.0.1', port: 0 }));
  return { address: listener.address, asked, close: () => listener.close() };
}

const sample = (version: number, agoMs: number, changes: Partial<Sample> = {}): Sample => ({
  node: 'n1',
  generation: 1,
  metric: 'cpu',
  unit: '%',
  version,
  value: version,
  sampledAtMs: WALL_MS - agoMs,
  ...changes,
});

describe('the history of a running node', () => {
  it('becomes a trace of all its nodes and metrics', async () => {
    const { address } = await startNode([
      sample(1, 5_000),
      sample(2, 4_000, { metric: 'memory' }),
      sample(3, 3_000),
      sample(4, 2_000, { node: 'n2' }),
    ]);
    const trace = await loadTrace(address);
    expect(trace.nodes.map(({ id, series }) => [id, Object.fromEntries(series)])).toEqual([
      [
        'n1',
        {
          cpu: { atMs: [0, 2_000], values: [1, 3] },
          memory: { atMs: [1_000], values: [2] },
        },
      ],
      ['n2', { cpu: { atMs: [3_000], values: [4] } }],
    ]);
    expect(trace.durationMs).toBe(4_000);
  });

  it('is complete over many answers, even where a limit cuts through one time', async () => {
    // Seven samples of each time: 10,000 rows end inside one.
    const samples = Array.from({ length: 25_000 }, (_, i) =>
      sample(i, 3_500_000 - Math.floor(i / 7) * 500, { node: `n${i % 7}` }),
    );
    const { address, asked } = await startNode(samples);
    const trace = await loadTrace(address);
    const values = trace.nodes.flatMap(({ series }) => series.get('cpu')?.values ?? []);
    expect(values.toSorted((a, b) => a - b)).toEqual(samples.map(({ value }) => value));
    expect(asked.length).toBe(3);
    // `1h` of the first answer must not move on while the others are asked for.
    expect(new Set(asked.map(({ fromMs }) => fromMs)).size).toBe(1);
  });

  it('is asked for as the URL says', async () => {
    const { address, asked } = await startNode([
      sample(1, 100_000),
      sample(2, 50_000),
      sample(3, 40_000),
      sample(4, 30_000, { node: 'n2' }),
    ]);
    const trace = await loadTrace(`${address}/history?from=1m&node=n1`);
    expect(trace.nodes.map(({ id }) => id)).toEqual(['n1']);
    expect(trace.nodes[0]?.series.get('cpu')?.values).toEqual([2, 3]);
    expect(asked).toMatchObject([{ node: 'n1', fromMs: WALL_MS - 60_000, limit: 10_000 }]);
  });

  it('of a node that has stored too little is refused with the fix', async () => {
    const { address } = await startNode([sample(1, 1_000)]);
    await expect(loadTrace(address)).rejects.toMatchObject({
      code: 'trace_empty',
      message: expect.stringContaining('choose a longer time with ?from=6h'),
    });
  });

  it("is refused in the node's own words", async () => {
    const { address } = await startNode([]);
    await expect(loadTrace(`${address}?from=yesterday`)).rejects.toMatchObject({
      code: 'trace_refused',
      message: expect.stringContaining('`from` must be a time'),
    });
  });

  it('is refused when it is no history', async () => {
    const page = () => new Response('{"hello":"world"}');
    const listener = keep(await listen({ fetch: page }, { host: '127.0.0.1', port: 0 }));
    await expect(loadTrace(listener.address)).rejects.toThrow('answered 200, and not as a node');
  });

  it('is refused when no node answers', async () => {
    const { address, close } = await startNode([]);
    await close();
    await expect(loadTrace(address)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/^http:\/\/127.0.0.1:\d+ does not answer: is a node running/),
    });
  });

  it('of 10,000 samples in one millisecond cannot be turned over, and says so', async () => {
    const many = Array.from({ length: 10_001 }, (_, i) => sample(i, 1_000, { node: `n${i}` }));
    const { address } = await startNode(many);
    await expect(loadTrace(address)).rejects.toMatchObject({ code: 'trace_dense' });
  });
});
