// What a node without a machine measures: its own requests, addresses over HTTP, certificates where
// anybody can see them.

import { describe, expect, it } from 'vitest';
import { createCertificateProbe } from '../../../node/probes/edge/certificates.ts';
import { createCheckProbe } from '../../../node/probes/edge/checks.ts';
import { createRequestProbe } from '../../../node/probes/edge/requests.ts';
import { createProbeRunner } from '../../../node/probes/runner.ts';

const shop = { name: 'shop', url: 'https://shop.example/health' };

describe('requests', () => {
  it('are told per second, with their mean latency and the share that failed', () => {
    const probe = createRequestProbe();
    expect(probe.collect(0)).toEqual([]);
    for (let i = 0; i < 9; i++) probe.note(200, 20);
    probe.note(503, 120);
    expect(probe.collect(5_000)).toEqual([
      { metric: 'requests', value: 2 },
      { metric: 'request_latency', value: 30 },
      { metric: 'request_errors', value: 10 },
    ]);
  });

  it('without one have no latency and no errors: no data, not 0', () => {
    const probe = createRequestProbe();
    probe.collect(0);
    expect(probe.collect(10_000)).toEqual([{ metric: 'requests', value: 0 }]);
  });

  it('are counted on after a sleep', () => {
    const probe = createRequestProbe();
    probe.collect(0);
    probe.note(200, 10);
    const again = createRequestProbe(probe.totals());
    again.note(200, 30);
    expect(again.collect(4_000)).toEqual([
      { metric: 'requests', value: 0.5 },
      { metric: 'request_latency', value: 20 },
      { metric: 'request_errors', value: 0 },
    ]);
  });

  it('are no alarm when one of few fails', async () => {
    const probe = createRequestProbe();
    probe.collect(0);
    probe.note(500, 10);
    const metrics = (await probe.collect(4_000)).map(({ metric }) => metric);
    expect(metrics).toEqual(['requests', 'request_latency']);
  });
});

describe('checks', () => {
  const setUp = (answer: (url: string) => Promise<Response>, count = 1) => {
    let nowMs = 0;
    const called: string[] = [];
    const targets = Array.from({ length: count }, (_, i) => ({ ...shop, name: `shop${i || ''}` }));
    const options = {
      ...{ targets, everyMs: 60_000, nowMs: () => nowMs },
      async fetch(request: Request) {
        called.push(request.url);
        nowMs += 40;
        return answer(request.url);
      },
    };
    return { probe: createCheckProbe(options), options, called };
  };

  it('tell up, status and latency of what answers', async () => {
    const { probe } = setUp(async () => new Response('fine', { status: 200 }));
    expect(await probe.collect(0)).toEqual([
      { metric: 'check:shop:up', value: 1 },
      { metric: 'check:shop:status', value: 200 },
      { metric: 'check:shop:latency', value: 40 },
    ]);
  });

  it('call a target that fails or does not answer down, without a latency', async () => {
    const failing = setUp(async () => new Response('', { status: 502 }));
    expect(await failing.probe.collect(0)).toContainEqual({ metric: 'check:shop:up', value: 0 });
    const silent = setUp(async () => {
      throw new TypeError('connection refused');
    });
    expect(await silent.probe.collect(0)).toEqual([{ metric: 'check:shop:up', value: 0 }]);
  });

  it('are made once in their time, after a sleep as well', async () => {
    const { probe, options, called } = setUp(async () => new Response());
    await probe.collect(0);
    await probe.collect(59_999);
    expect(called.length).toBe(1);
    const again = createCheckProbe({ ...options, checkedAt: probe.checkedAt() });
    await again.collect(59_999);
    expect(called.length).toBe(1);
    await again.collect(60_000);
    expect(called.length).toBe(2);
  });

  it('take turns, so that no round has them all', async () => {
    const { probe, called } = setUp(async () => new Response(), 6);
    const perRound: number[] = [];
    for (let round = 0; round < 12; round++) {
      const before = called.length;
      await probe.collect(round * 10_000);
      perRound.push(called.length - before);
    }
    expect(perRound).toEqual(new Array(12).fill(1));
  });

  it('going down is news that does not wait', () => {
    const { probe } = setUp(async () => new Response());
    const up = probe.metrics.find(({ name }) => name === 'check:shop:up');
    expect(up).toMatchObject({ priority: 10, delta: { kind: 'absolute', change: 1 } });
  });
});

describe('certificates', () => {
  const DAY_MS = 86_400_000;
  const targets = [shop, { name: 'plain', url: 'http://plain.example' }];

  it('are told in days where the platform shows them', async () => {
    const certificateEnd = async () => 12.5 * DAY_MS;
    const probe = createCertificateProbe({ targets, wallMs: () => 2 * DAY_MS, certificateEnd });
    expect(probe.metrics.map(({ name }) => name)).toEqual(['check:shop:certificate']);
    expect(await probe.collect(0)).toEqual([{ metric: 'check:shop:certificate', value: 10.5 }]);
  });

  it('have no data where it does not, which is not 0 and no failure', async () => {
    const probe = createCertificateProbe({ targets, wallMs: () => 0 });
    const runner = createProbeRunner([probe], { monotonicMs: () => 0 });
    expect(await runner.collect(0)).toEqual([]);
    expect(runner.runs()).toMatchObject([{ probe: 'certificates', outcome: 'no_data' }]);
    expect(probe.metrics).toEqual([]);
  });
});
