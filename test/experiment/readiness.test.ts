// When a local cluster counts as ready.

import { Hono } from 'hono';
import { describe, expect, it, vi } from 'vitest';
import { whenAllKnowAll } from '../../node/experiment/readiness.ts';
import { listen } from '../../node/host/network/listen.ts';
import { keep } from '../support/closing.ts';

type View = Record<string, { status: string; metrics: Record<string, object> }>;

const alive = (...metrics: string[]) => ({
  status: 'alive',
  metrics: Object.fromEntries(metrics.map((name) => [name, {}])),
});

/** Two nodes, each with a view that the test may change. */
async function setUp() {
  const views: Record<string, View> = { a: {}, b: {} };
  const nodes = await Promise.all(
    ['a', 'b'].map(async (id) => {
      const app = new Hono().get('/state', (c) => c.json({ answeredBy: id, nodes: views[id] }));
      const listener = await listen(app, { host: '127.0.0.1', port: 0 });
      keep(listener);
      return { id, url: listener.address };
    }),
  );
  const end = new AbortController();
  const progress: number[] = [];
  let isReady = false;
  const ready = whenAllKnowAll(nodes, ['cpu', 'network'], end.signal, (n) => progress.push(n));
  void ready.then(() => {
    isReady = true;
  });
  return { views, end, ready, progress, isReady: () => isReady };
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 200));

describe('a cluster is ready', () => {
  it('when every node knows every other with all metrics', async () => {
    const { views, ready, progress } = await setUp();
    views.a = { a: alive('cpu', 'network'), b: alive('cpu', 'network') };
    await vi.waitFor(() => expect(progress).toEqual([1]), 2_000);
    views.b = views.a;
    await ready;
    expect(progress).toEqual([1, 2]);
  });

  it('without the metrics that this machine does not offer', async () => {
    const { views, ready } = await setUp();
    views.a = { a: alive('cpu'), b: alive('cpu') };
    views.b = views.a;
    await ready;
  });

  it.each<[string, View]>([
    ['one is missing', { a: alive('cpu') }],
    ['one has not told all yet', { a: alive('cpu', 'network'), b: alive('cpu') }],
    ['one is suspect', { a: alive('cpu'), b: { ...alive('cpu'), status: 'suspect' } }],
    ['nothing was measured yet', { a: alive(), b: alive() }],
  ])('not while %s', async (_, view) => {
    const { views, isReady, end, ready } = await setUp();
    views.a = view;
    views.b = view;
    await pause();
    expect(isReady()).toBe(false);
    end.abort();
    await ready;
  });

  it('or never, and the wait ends with the signal', async () => {
    const { end, ready, progress, isReady } = await setUp();
    await pause();
    expect({ progress, isReady: isReady() }).toEqual({ progress: [], isReady: false });
    end.abort();
    await ready;
  });
});
