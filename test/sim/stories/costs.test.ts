// What events cost and how soon they are known, in fleets of several sizes.

import { describe, expect, it } from 'vitest';
import { IS_LONG } from '../../support/scale.ts';
import { eventsCostLittle, metricsComeAndGoCheaply, urgentChangesPassTheDying } from './costs.ts';

/** The largest takes minutes. */
const SIZES = IS_LONG ? [20, 100, 1_000] : [20, 100];
const RUNS: Readonly<Record<number, number>> = { 20: 4, 100: 1, 1000: 1 };

describe('an event', () => {
  it.each(SIZES)(
    'among %i nodes costs three messages a node at most, and is known as soon as timers allow',
    (size) => {
      expect(eventsCostLittle(1, size, RUNS[size])).toEqual([]);
    },
    600_000,
  );
});

describe('a metric of a node that has 200 others', () => {
  it.each(IS_LONG ? [20, 100] : [20])(
    'is added, changed and removed among %i nodes for 120 bytes each; an urgent one in one flight',
    (size) => {
      expect(metricsComeAndGoCheaply(1, size)).toEqual([]);
    },
  );
});

describe('an urgent change while ten of a hundred nodes end', () => {
  it('reaches the others within 250 ms where they are killed, in 99 of 100 cases', () => {
    expect(urgentChangesPassTheDying(1, false, 250)).toEqual([]);
  });

  it('reaches the others within 400 ms where they vanish, in 99 of 100 cases', () => {
    expect(urgentChangesPassTheDying(1, true, 400)).toEqual([]);
  });
});
