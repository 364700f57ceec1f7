// What an owner tells: the first value, every move by the delta since it last told, and everything
// again in bounded time. In between no view is off by more than the delta.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  deltaAt,
  fromSteps,
  publishReason,
  toSteps,
} from '../../../../node/core/data/publishing/publishing-rule.ts';
import type { Delta, MetricDefinition } from '../../../../node/core/model.ts';
import { metric, samples, startEngine } from '../../support.ts';

const REFRESH_MS = 300_000;
const CPU = metric('cpu', { priority: 1, delta: { kind: 'absolute', change: 5 } });
const NETWORK = metric('network', {
  unit: 'B/s',
  delta: { kind: 'relative', ratio: 0.15, floor: 4_096 },
  resolution: 128,
});

/** Whether a move from `last` to `value` is told a moment later. */
const reasonFor = (definition: MetricDefinition, last: number, value: number) =>
  publishReason(definition, { value: last, at: 0 }, value, 1, REFRESH_MS);

describe('a sample is published', () => {
  it('when it is the first', () => {
    expect(publishReason(CPU, undefined, 0, 0, REFRESH_MS)).toBe('first');
  });

  it.each([
    [50, 54.9, undefined],
    [50, 55, 'moved'],
    [50, 45, 'moved'],
    [50, 45.1, undefined],
    [0, 5, 'moved'],
    [0, 4.9, undefined],
    [-50, -55, 'moved'],
    [-50, -54.9, undefined],
    [-2, 3, 'moved'],
    [0, 100, 'moved'],
  ])('when it moved by an absolute delta of 5: %d to %d is %s', (last, value, reason) => {
    expect(reasonFor(CPU, last, value)).toBe(reason);
  });

  it.each([
    [1_000_000, 1_150_000, 'moved'],
    [1_000_000, 1_149_999, undefined],
    [1_000_000, 850_000, 'moved'],
    [-1_000_000, -1_150_000, 'moved'],
    [0, 4_096, 'moved'],
    [0, 4_095, undefined],
    [10_000, 13_000, undefined],
    [10_000, 14_096, 'moved'],
  ])('when it moved by 15 %%, but at least the floor: %d to %d is %s', (last, value, reason) => {
    expect(reasonFor(NETWORK, last, value)).toBe(reason);
  });

  it.each([
    [1, 300_000],
    [5, 60_000],
    [10, 30_000],
    [255, 300_000 / 255],
  ])('when a metric of priority %d was silent for %d ms', (priority, silentMs) => {
    const definition = { ...CPU, priority };
    const last = { value: 50, at: 1_000 };
    const just = 1_000 + silentMs;
    expect(publishReason(definition, last, 50, just, REFRESH_MS)).toBe('refresh');
    expect(publishReason(definition, last, 50, just - 1, REFRESH_MS)).toBeUndefined();
  });

  it('at once when it jumps up, whatever its earlier values', () => {
    const owner = startEngine('n1', { definitions: [CPU] });
    for (let now = 0; now < 20_000; now += 1_000) {
      owner.handle(samples(['cpu', 10]), now);
    }
    expect(owner.state.version).toBe(3);
    owner.handle(samples(['cpu', 80]), 20_000);
    expect(owner.view.member('n1')?.metrics[0]).toMatchObject({ value: 80, version: 4 });
  });
});

describe('a slow drift', () => {
  it('of half a point a round is told every tenth round, never missed', () => {
    const owner = startEngine('n1', { definitions: [CPU] });
    for (let round = 0; round <= 100; round++) {
      const truth = 20 + round * 0.5;
      owner.handle(samples(['cpu', truth]), round * 1_000);
      const told = owner.view.member('n1')?.metrics[0]?.value ?? Number.NaN;
      expect(Math.abs(told - truth)).toBeLessThan(5);
    }
    expect(owner.state.counters.entriesMoved).toBe(10);
  });
});

const delta: fc.Arbitrary<Delta> = fc.oneof(
  fc.record({
    kind: fc.constant('absolute' as const),
    change: fc.double({ min: 0.5, max: 3, noNaN: true }),
  }),
  fc.record({
    kind: fc.constant('relative' as const),
    ratio: fc.double({ min: 0.01, max: 0.5, noNaN: true }),
    floor: fc.double({ min: 0.5, max: 3, noNaN: true }),
  }),
);
/** Steps about as large as the delta: where rounding could make the difference. */
const walk = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 2, maxLength: 60 });

describe('the promise to the reader', () => {
  it('|view − truth| ≤ delta after every sample, rounding to the resolution included', () => {
    fc.assert(
      fc.property(delta, walk, fc.integer({ min: 1, max: 255 }), (allowed, steps, priority) => {
        const resolution = 0.1;
        const definition = metric('any', { delta: allowed, priority, resolution });
        const owner = startEngine('n1', { definitions: [definition] });
        let truth = 10;
        for (const [i, step] of steps.entries()) {
          truth += step;
          owner.handle(samples(['any', truth]), i * 1_000);
          const told = owner.view.member('n1')?.metrics[0]?.value ?? Number.NaN;
          expect(Math.abs(told - truth)).toBeLessThanOrEqual(deltaAt(allowed, told));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('a value rounds to half a step of its resolution, whatever its sign', () => {
    const resolution = fc.constantFrom(0.01, 0.1, 0.5, 1, 128, 1e6);
    const value = fc.double({ min: -1e9, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(resolution, value, (step, truth) => {
        const definition = metric('any', { resolution: step });
        const shown = fromSteps(definition, toSteps(definition, truth));
        expect(Math.abs(shown - truth)).toBeLessThanOrEqual(step / 2 + Math.abs(truth) * 1e-11);
      }),
    );
  });

  it('a value is shown without the noise of binary fractions', () => {
    expect(fromSteps(CPU, toSteps(CPU, 0.3))).toBe(0.3);
    expect(fromSteps(CPU, toSteps(CPU, 33.3))).toBe(33.3);
    expect(Object.is(fromSteps(CPU, toSteps(CPU, 0)), 0)).toBe(true);
  });

  it('a value that is none is not told', () => {
    const owner = startEngine('n1', { definitions: [CPU] });
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300];
    for (const value of values) {
      owner.handle(samples(['cpu', value]), 0);
    }
    owner.handle(samples(['unheard-of', 1]), 0);
    expect(owner.view.member('n1')?.metrics).toEqual([]);
    owner.handle(samples(['cpu', 7]), 1);
    expect(owner.view.member('n1')?.metrics).toHaveLength(1);
  });
});

describe('the counters of an owner', () => {
  it('tell apart what was published, what moved and what was filtered', () => {
    const owner = startEngine('n1', { definitions: [CPU] });
    for (const [i, value] of [10, 11, 12, 20, 21, 20].entries()) {
      owner.handle(samples(['cpu', value]), i * 1_000);
    }
    // The labels, the card, the first value and the one move.
    expect(owner.state.counters).toMatchObject({
      entriesPublished: 4,
      entriesMoved: 1,
      entriesFiltered: 4,
    });
  });
});
