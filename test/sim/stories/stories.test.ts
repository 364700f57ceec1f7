// What the protocol promises about membership, played over several seeds each.

import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../node/core/settings.ts';
import {
  aMoveAfterADeathWorks,
  aSleeperAndItsReplacementSettle,
  duplicatesOfAPartitionSettle,
  oneOfTwinsStays,
  theLaterTwinStops,
} from './duplicate-ids.ts';
import {
  deathTakesMs,
  forgedGenerationsHarmNobody,
  hiddenNodesTakePart,
  leavingRaisesNoAlarm,
  lossKillsNobody,
  lossStartsNoStorm,
  partitionsHeal,
  restartsWinAtOnce,
  stallsKillNobodyElse,
  theForgottenComeBack,
  theForgottenStayForgotten,
} from './stories.ts';

const seeds = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

describe('membership', () => {
  it('a planned leave raises no suspicion and no death', () => {
    expect(seeds(5).flatMap(leavingRaisesNoAlarm)).toEqual([]);
  });

  it('the same id with a higher generation wins at once, at another address too', () => {
    expect(seeds(5).flatMap(restartsWinAtOnce)).toEqual([]);
  });

  it('no node believes a generation that none could outbid', () => {
    expect(seeds(3).flatMap(forgedGenerationsHarmNobody)).toEqual([]);
  });

  it('a node without an address takes part and is missed only when it is silent', () => {
    expect(seeds(1).flatMap(hiddenNodesTakePart)).toEqual([]);
  });

  it('a partition that made both sides call each other dead heals by itself', () => {
    expect(seeds(5).flatMap(partitionsHeal)).toEqual([]);
  });

  it('a node that was forgotten alive comes back under a new generation', () => {
    expect(seeds(5).flatMap(theForgottenComeBack)).toEqual([]);
  });

  it('forgotten nodes stay forgotten, whatever a node tells that stood still meanwhile', () => {
    expect(seeds(5).flatMap(theForgottenStayForgotten)).toEqual([]);
  });

  it('a node whose event loop stood still blames no other node', () => {
    expect(seeds(5).flatMap(stallsKillNobodyElse)).toEqual([]);
  });

  it('no node is declared dead in 10 minutes of 30 % loss among 20 nodes', () => {
    expect(lossKillsNobody(1)).toEqual([]);
  });

  it('lost messages start no storm of probes', () => {
    expect(seeds(1).flatMap(lossStartsNoStorm)).toEqual([]);
  });
});

describe('two nodes with one id', () => {
  it('are told of each other once, and the one that was started later stops', () => {
    expect(seeds(5).flatMap(theLaterTwinStops)).toEqual([]);
  });

  it('end as one, whatever their clocks say and whether or not they can be called', () => {
    expect(seeds(24).flatMap(oneOfTwinsStays)).toEqual([]);
  });

  it('that a partition kept apart end as one, the one that was started first', () => {
    expect(seeds(5).flatMap(duplicatesOfAPartitionSettle)).toEqual([]);
  });

  it('are one where a node moved because its machine is gone', () => {
    expect(seeds(5).flatMap(aMoveAfterADeathWorks)).toEqual([]);
  });

  it('end as one where a machine stood still and was replaced meanwhile', () => {
    expect(seeds(3).flatMap(aSleeperAndItsReplacementSettle)).toEqual([]);
  });
});

describe('a death', () => {
  const RUNS = 30;
  const times = (death: Parameters<typeof deathTakesMs>[1]): number[] =>
    seeds(RUNS)
      .map((seed) => deathTakesMs(seed, death))
      .sort((a, b) => a - b);
  const median = (sorted: readonly number[]): number => sorted[sorted.length >> 1] ?? Infinity;
  const worst = (sorted: readonly number[]): number => sorted.at(-1) ?? Infinity;

  it('of a process is known to 20 nodes within 6 s, in every run', () => {
    expect(worst(times({ size: 20, vanish: false }))).toBeLessThanOrEqual(6_000);
  });

  it('of a process is known in a cluster of two within 6 s, in every run', () => {
    expect(worst(times({ size: 2, vanish: false }))).toBeLessThanOrEqual(6_000);
  });

  /**
   * Nobody notices a vanished machine before it is called: each of n nodes calls one of n − 1 a
   * round, so k rounds pass without a call with probability e^−k. Then come the time-out, the
   * indirect probes with two more, and the suspicion.
   */
  const withinMs = (rounds: number, roundMs: number): number => {
    const { exchangeTimeoutMs, suspicionMaxMs } = DEFAULT_SETTINGS;
    return rounds * roundMs * 1.1 + 3 * exchangeTimeoutMs + suspicionMaxMs;
  };

  it('of a machine is known to 20 nodes in 6 s in the median of fixed rounds of 1 s', () => {
    const sorted = times({ size: 20, vanish: true, settings: { maxRoundMs: 1_000 } });
    expect(median(sorted)).toBeLessThanOrEqual(6_000);
    expect(worst(sorted)).toBeLessThanOrEqual(withinMs(5, 1_000));
  });

  it('of a machine is known to 20 nodes within 5 stretched rounds and a suspicion', () => {
    const sorted = times({ size: 20, vanish: true });
    expect(worst(sorted)).toBeLessThanOrEqual(withinMs(5, DEFAULT_SETTINGS.maxRoundMs));
  });

  it('of a machine is known in a cluster of two', () => {
    const sorted = times({ size: 2, vanish: true });
    expect(worst(sorted)).toBeLessThanOrEqual(withinMs(1, DEFAULT_SETTINGS.maxRoundMs));
  });
});
