// Names that users post: as many as a node can hold, and old ones give way to new ones.

import { describe, expect, it } from 'vitest';
import type { Moment } from '../../node/config/times.ts';
import type { MetricDefinition } from '../../node/core/model.ts';
import type { Listener } from '../../node/driver/events.ts';
import { createUserMetrics } from '../../node/host/user-metrics.ts';
import { CALM, metric } from '../core/support.ts';
import { createWorld, heldBy, startFleet } from '../driver/support.ts';

const HOUR_MS = 3_600_000;
const WALL_MS = 1_769_860_800_000;

function staged(maxMetrics = 10, factCount = 0) {
  let nowMs = 0;
  // One that the node measures itself.
  const held = new Map<string, MetricDefinition>([['cpu', CALM]]);
  let renewals = 0;
  let sampled = (): void => {};
  const driver = {
    definitions: () => held,
    factCount: () => factCount,
    define: (definition: MetricDefinition) => void held.set(definition.name, definition),
    endMetrics(names: readonly string[]) {
      renewals++;
      for (const name of names) held.delete(name);
    },
    subscribe(listener: Listener) {
      sampled = () =>
        void listener({ type: 'sampled', readings: [], generation: 1, atMs: WALL_MS + nowMs });
      return () => {};
    },
  };
  const clock = { monotonicMs: () => nowMs, wallMs: () => WALL_MS + nowMs };
  const parts = { driver, clock, maxMetrics, measured: new Set(['cpu']) };
  const metrics = createUserMetrics(parts);
  return {
    held,
    renewals: () => renewals,
    pass: (durationMs: number) => {
      nowMs += durationMs;
    },
    post: (...names: string[]) =>
      metrics.define(names.map((name) => ({ definition: metric(name) }))),
    postFor: (name: string, expires: Moment | null) =>
      metrics.define([{ definition: metric(name), expires }]),
    /** Samples each second for so long. */
    live(durationMs: number) {
      for (let passed = 0; passed < durationMs; passed += 1_000) {
        nowMs += 1_000;
        sampled();
      }
    },
    restart: () => createUserMetrics({ ...parts, kept: metrics.keep() }),
    metrics,
  };
}

const names = (count: number, prefix: string): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`);

describe('a node that holds as many names as it can', () => {
  it('refuses more, and says when there will be room', () => {
    const { post, pass } = staged();
    expect(post(...names(9, 'a'))).toBeUndefined();
    pass(60_000);
    expect(post('b')).toMatchObject({
      ...{ status: 429, code: 'too_many_metrics', retryAfterSeconds: 3_540 },
      detail: expect.stringContaining('This node has 10 of 10 metrics'),
    });
  });

  it('counts its facts, and others that it keeps, for they have slots as well', () => {
    const { post } = staged(10, 4);
    expect(post(...names(5, 'a'))).toBeUndefined();
    expect(post('b')).toMatchObject({
      ...{ status: 429, code: 'too_many_metrics' },
      detail: expect.stringContaining('This node has 6 of 6 metrics'),
    });
  });

  it('goes on taking the names that it has', () => {
    const { post } = staged();
    post(...names(9, 'a'));
    expect(post('a3', 'a4')).toBeUndefined();
  });

  it('lets those end that nobody posted for an hour, and keeps the others', () => {
    const { post, pass, held } = staged();
    post(...names(9, 'a'));
    pass(HOUR_MS - 1_000);
    post('a3');
    pass(1_000);
    expect(post('b')).toBeUndefined();
    expect([...held.keys()]).toEqual(['cpu', 'a3', 'b']);
    expect(post(...names(7, 'c'))).toBeUndefined();
  });

  it('keeps all that there is when a post does not fit as a whole', () => {
    const { post, pass, held } = staged();
    post(...names(9, 'a'));
    pass(HOUR_MS);
    post('a3');
    expect(post(...names(9, 'b'))).toMatchObject({ status: 429, retryAfterSeconds: 3_600 });
    expect(held.size).toBe(10);
    expect(post(...names(20, 'b'))).toMatchObject({ status: 429 });
  });

  it('takes as many new names an hour as it has room for, however many come', () => {
    const { post, pass, renewals, held } = staged();
    let refused = 0;
    for (let i = 0; i < 43_531; i++) {
      if (post(`name${i}`) !== undefined) refused++;
      expect(held.size).toBeLessThanOrEqual(10);
      pass(1_000);
    }
    expect(refused).toBeGreaterThan(40_000);
    // Nine at once, twelve times.
    expect(renewals()).toBeLessThanOrEqual(9 * 12);
    expect(renewals()).toBeGreaterThan(5);
    pass(HOUR_MS);
    expect(post('later')).toBeUndefined();
  });

  it('lets a name that ended be another metric later', () => {
    const { post, pass } = staged(2);
    post('a');
    pass(HOUR_MS);
    post('b');
    pass(HOUR_MS);
    expect(post('a')).toBeUndefined();
  });
});

describe('a metric that expires', () => {
  it('ends by itself, everywhere, a span after its last post', () => {
    const { postFor, post, live, held, renewals } = staged();
    postFor('a', { spanMs: HOUR_MS });
    live(HOUR_MS - 1_000);
    expect(held.has('a')).toBe(true);
    // Said once, it counts anew from each post.
    post('a');
    live(HOUR_MS - 1_000);
    expect(held.has('a')).toBe(true);
    live(1_000);
    expect(held.has('a')).toBe(false);
    expect(renewals()).toBe(1);
    expect(post('a')).toBeUndefined();
  });

  it('ends at its time, however often it is posted, and never when that is taken back', () => {
    const { postFor, post, live, held } = staged();
    postFor('a', { atMs: WALL_MS + 60_000 });
    postFor('b', { atMs: WALL_MS + 60_000 });
    live(59_000);
    post('a');
    postFor('b', null);
    live(1_000);
    expect([...held.keys()]).toEqual(['cpu', 'b']);
  });

  it('ends at the next sample, each for itself', () => {
    const { postFor, live, held, renewals } = staged();
    for (let i = 1; i <= 8; i++) postFor(`a${i}`, { spanMs: i * 1_000 });
    live(20_000);
    expect([...held.keys()]).toEqual(['cpu']);
    expect(renewals()).toBe(8);
  });

  it('is known after a sleep, and so is when it was posted', () => {
    const { postFor, post, pass, restart } = staged();
    postFor('a', { spanMs: HOUR_MS });
    post('b');
    pass(60_000);
    const after = restart();
    expect(after.expiresAt('a')).toBe(WALL_MS + HOUR_MS);
    expect(after.expiresAt('b')).toBeUndefined();
    expect(after.names()).toEqual(['a', 'b']);
  });
});

describe('a metric that is deleted', () => {
  it('ends, and its name is free for another definition', () => {
    const { post, metrics, held } = staged();
    post('a');
    expect(metrics.define([{ definition: { ...metric('a'), unit: 's' } }])?.status).toBe(409);
    expect(metrics.end('a')).toBe('ended');
    expect(held.has('a')).toBe(false);
    expect(metrics.end('a')).toBe('unknown');
    expect(metrics.define([{ definition: { ...metric('a'), unit: 's' } }])).toBeUndefined();
  });

  it('is never one that the node measures', () => {
    const { metrics, held } = staged();
    expect(metrics.end('cpu')).toBe('measured');
    expect(held.has('cpu')).toBe(true);
  });
});

it('a metric that expires disappears on all nodes', async () => {
  const world = createWorld();
  const [first, second] = await startFleet(world, 2);
  if (first === undefined || second === undefined) throw new Error('no fleet');
  const { clock } = world;
  const parts = { driver: first, clock, maxMetrics: 10, measured: new Set(['cpu', 'storage']) };
  const metrics = createUserMetrics(parts);
  metrics.define([{ definition: metric('queue'), expires: { spanMs: 20_000 } }]);
  first.publish([{ metric: 'queue', value: 3 }]);
  await clock.advance(10_000);
  expect([first, second].map((driver) => heldBy(driver, 'n1', 'queue'))).toEqual([3, 3]);
  await clock.advance(20_000);
  expect([first, second].map((driver) => heldBy(driver, 'n1', 'queue'))).toEqual([
    undefined,
    undefined,
  ]);
  expect(heldBy(second, 'n1', 'storage')).toBe(50);
});
