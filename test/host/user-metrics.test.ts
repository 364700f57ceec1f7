// Names that users post: as many as a node can hold, and old ones give way to new ones.

import { describe, expect, it } from 'vitest';
import type { MetricDefinition } from '../../node/core/model.ts';
import { createUserMetrics } from '../../node/host/user-metrics.ts';
import { CALM, metric } from '../core/support.ts';

const HOUR_MS = 3_600_000;

function staged(maxMetrics = 10) {
  let nowMs = 0;
  // One that the node measures itself.
  const held = new Map<string, MetricDefinition>([['cpu', CALM]]);
  let renewals = 0;
  const driver = {
    definitions: () => held,
    define: (definition: MetricDefinition) => void held.set(definition.name, definition),
    endMetrics(names: readonly string[]) {
      renewals++;
      for (const name of names) held.delete(name);
    },
  };
  const metrics = createUserMetrics({ driver, clock: { monotonicMs: () => nowMs }, maxMetrics });
  return {
    held,
    renewals: () => renewals,
    pass: (durationMs: number) => {
      nowMs += durationMs;
    },
    post: (...names: string[]) => metrics.define(names.map((name) => metric(name))),
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

  it('makes room every ten minutes at most, however names come and go', () => {
    const { post, pass, renewals, held } = staged();
    let refused = 0;
    for (let i = 0; i < 43_531; i++) {
      if (post(`name${i}`) !== undefined) refused++;
      expect(held.size).toBeLessThanOrEqual(10);
      pass(1_000);
    }
    expect(refused).toBeGreaterThan(40_000);
    expect(renewals()).toBeGreaterThan(5);
    expect(renewals()).toBeLessThanOrEqual(43_531 / 600);
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
