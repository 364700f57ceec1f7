// When all know all: a story of three nodes with two metrics each.

import { describe, expect, it } from 'vitest';
import { createConvergence } from '../../../node/experiment/measures/convergence.ts';

const ALL = [0, 1, 2];

function story(watched: readonly number[] = ALL) {
  const convergence = createConvergence(3, 2, watched);
  return {
    convergence,
    /** A viewer hears both metrics of these owners. */
    hears(viewer: number, owners: readonly number[], at: number): void {
      for (const owner of owners) {
        for (const metric of [0, 1]) convergence.told(viewer, owner, metric, at);
      }
    },
  };
}

describe('a full view', () => {
  it('holds every value of every other', () => {
    const { convergence } = story();
    expect(convergence.told(0, 1, 0, 1)).toBe(false);
    expect(convergence.told(0, 1, 1, 2)).toBe(false);
    expect(convergence.told(0, 2, 0, 3)).toBe(false);
    expect([convergence.isFull(0), convergence.fullViewAt(0)]).toEqual([false, null]);
    expect(convergence.told(0, 2, 1, 4)).toBe(true);
    expect([convergence.isFull(0), convergence.fullViewAt(0)]).toEqual([true, 4]);
  });

  it('is not got by one’s own values, nor by the same ones twice', () => {
    const { convergence, hears } = story();
    for (const at of [1, 2, 3]) hears(0, [0, 1], at);
    expect([convergence.isFull(0), convergence.known(0)]).toEqual([false, 1]);
  });

  it('of all is there when the last has it', () => {
    const { convergence, hears } = story();
    hears(0, ALL, 10);
    hears(2, ALL, 20);
    expect(convergence.fullAt()).toBeNull();
    hears(1, ALL, 30);
    hears(1, ALL, 40);
    expect(convergence.fullAt()).toBe(30);
  });

  it('of nodes that do not count is taken for granted', () => {
    const { convergence, hears } = story([1]);
    hears(1, ALL, 30);
    expect(convergence.fullAt()).toBe(30);
    expect([convergence.isFull(0), convergence.fullViewAt(0)]).toEqual([true, null]);
  });
});

describe('a restart', () => {
  it('empties the node’s own view, and keeps what it had achieved before', () => {
    const { convergence, hears } = story();
    for (const viewer of ALL) hears(viewer, ALL, 10);
    convergence.restarted(1);
    expect([convergence.isFull(1), convergence.known(1)]).toEqual([false, 0]);
    expect([convergence.fullViewAt(1), convergence.fullAt()]).toEqual([10, 10]);
    hears(1, ALL, 50);
    expect([convergence.isFull(1), convergence.fullViewAt(1)]).toEqual([true, 10]);
  });

  it('leaves the views of others without its new values, though they know it', () => {
    const { convergence, hears } = story();
    for (const viewer of ALL) hears(viewer, ALL, 10);
    convergence.restarted(1);
    expect([convergence.isFull(0), convergence.known(0)]).toEqual([false, 2]);
    hears(0, [1], 60);
    expect([convergence.isFull(0), convergence.known(0)]).toEqual([true, 2]);
  });
});
