// What the protocol promises about values, played over several seeds each.

import { describe, expect, it } from 'vitest';
import {
  noLaneStarves,
  quietNetworkIsExact,
  spikesArePublishedAtOnce,
  urgentChangesCrossNat,
  urgentChangesDoNotWait,
  urgentMetricsDoNotWait,
} from './promises.ts';

const seeds = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

describe('values', () => {
  it('in a quiet network |view − truth| ≤ delta for every metric on every node, drifts too', () => {
    expect(seeds(5).flatMap(quietNetworkIsExact)).toEqual([]);
  });

  it('a spike after calm samples is published at once', () => {
    expect(seeds(5).flatMap(spikesArePublishedAtOnce)).toEqual([]);
  });

  it('an urgent change reaches 20 nodes within 12 network delays, whatever the round', () => {
    expect(seeds(5).flatMap(urgentChangesDoNotWait)).toEqual([]);
  });

  it('an urgent metric that begins reaches 20 nodes as soon, with its card and its words', () => {
    expect(seeds(5).flatMap(urgentMetricsDoNotWait)).toEqual([]);
  });

  it('an urgent change of or to a node behind NAT takes a stretched round more at most', () => {
    expect(seeds(2).flatMap(urgentChangesCrossNat)).toEqual([]);
  });

  it('the least important lane lags by 20 s at most under permanent overload', () => {
    expect(seeds(2).flatMap(noLaneStarves)).toEqual([]);
  });
});
