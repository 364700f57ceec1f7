// Each workload does what it is called for, shown by a figure over many nodes.

import { describe, expect, it } from 'vitest';
import { CPU, MEMORY, NETWORK, STORAGE } from '../../../node/config/metrics.ts';
import { deviation, METRICS, mean, news, nodes, series, workload } from './support.ts';

const NODES = 200;

/** Seconds at which more than one node in four has news of the metric. */
function crowdedSeconds(kind: Parameters<typeof workload>[0], seconds: number): number[] {
  const counts = new Array<number>(seconds).fill(0);
  for (const signal of nodes(workload(kind), NODES)) {
    for (const second of news(signal, CPU, seconds)) counts[second] = (counts[second] ?? 0) + 1;
  }
  return counts.flatMap((count, second) => (count > NODES / 4 ? [second] : []));
}

/** Pearson's coefficient. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const [middleOfA, middleOfB] = [mean(a), mean(b)];
  const products = a.map((one, i) => (one - middleOfA) * ((b[i] ?? 0) - middleOfB));
  return mean(products) / (deviation(a) * deviation(b));
}

describe('random walk', () => {
  const walks = nodes(workload('random-walk'), NODES).map((one) => series(one, CPU, 600));

  it('returns to its middle: nodes are no further apart after ten minutes than at first', () => {
    const apart = (second: number) => deviation(walks.map((values) => values[second] ?? 0));
    expect(apart(599) / apart(0)).toBeGreaterThan(0.7);
    expect(apart(599) / apart(0)).toBeLessThan(1.4);
  });

  it('goes in small steps that do not depend on the last one', () => {
    const steps = walks.map((values) =>
      values.slice(1).map((value, i) => value - (values[i] ?? 0)),
    );
    expect(deviation(steps.flat())).toBeGreaterThan(1);
    expect(deviation(steps.flat())).toBeLessThan(2);
    const inARow = steps.map((one) => correlation(one.slice(1), one.slice(0, -1)));
    expect(Math.abs(mean(inARow))).toBeLessThan(0.05);
  });

  it('brings news of a few metrics a minute and node, at no common time', () => {
    const counts = nodes(workload('random-walk'), NODES).map((one) => news(one, CPU, 600).length);
    expect(mean(counts)).toBeGreaterThan(10);
    expect(mean(counts)).toBeLessThan(120);
    expect(crowdedSeconds('random-walk', 120)).toEqual([]);
  });
});

describe('bursts', () => {
  const all = nodes(workload('bursts'), NODES);
  /** Above the calm level by half of the weakest burst. */
  const isBusy = (values: readonly number[]) => {
    const calm = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
    return values.map((value) => value > calm + 12);
  };
  const busy = all.map((signal) => isBusy(series(signal, CPU, 600)));

  it('are calm for most of the time', () => {
    // 5 s of 35 s by their means.
    const share = mean(busy.flat().map(Number));
    expect(share).toBeGreaterThan(0.11);
    expect(share).toBeLessThan(0.18);
  });

  it('come at random: exponential times between them deviate by as much as they last', () => {
    const gaps = busy.flatMap((seconds) => {
      const starts = seconds.flatMap((on, i) => (on && seconds[i - 1] === false ? [i] : []));
      return starts.slice(1).map((start, i) => start - (starts[i] ?? 0));
    });
    expect(mean(gaps)).toBeGreaterThan(28);
    expect(mean(gaps)).toBeLessThan(42);
    expect(deviation(gaps) / mean(gaps)).toBeGreaterThan(0.7);
    expect(deviation(gaps) / mean(gaps)).toBeLessThan(1.1);
  });

  it('take cpu, network and memory up together, and leave storage alone', () => {
    const with_ = (metric: typeof CPU) =>
      mean(all.map((one) => correlation(series(one, CPU, 600), series(one, metric, 600))));
    expect(with_(MEMORY)).toBeGreaterThan(0.9);
    expect(with_(NETWORK)).toBeGreaterThan(0.7);
    expect(news(all[0] ?? { valuesAt: () => [] }, STORAGE, 600)).toEqual([]);
  });

  it('come to each node by itself', () => {
    expect(crowdedSeconds('bursts', 300)).toEqual([]);
  });
});

describe('diurnal', () => {
  const daySeconds = 600;
  const days = nodes(workload('diurnal'), NODES).map((one) => series(one, CPU, 2 * daySeconds));

  it('repeats after a day of ten minutes, and half a day later is its opposite', () => {
    const shifted = (shift: number) =>
      mean(
        days.map((values) =>
          correlation(values.slice(0, daySeconds), values.slice(shift, shift + daySeconds)),
        ),
      );
    expect(shifted(daySeconds)).toBeGreaterThan(0.95);
    expect(shifted(daySeconds / 2)).toBeLessThan(-0.95);
    expect(Math.abs(shifted(daySeconds / 4))).toBeLessThan(0.1);
  });

  it('has its noon at a different time on every node: the fleet as a whole stands still', () => {
    const fleet = Array.from({ length: daySeconds }, (_, second) =>
      mean(days.map((values) => values[second] ?? 0)),
    );
    expect(deviation(days[0]?.slice(0, daySeconds) ?? [])).toBeGreaterThan(15);
    expect(deviation(fleet)).toBeLessThan(3);
  });
});

describe('step', () => {
  it('shifts half of the nodes in one second, each minute, and nothing between', () => {
    expect(crowdedSeconds('step', 180)).toEqual([30, 90, 150]);
    const changed = nodes(workload('step'), NODES).filter((signal) =>
      news(signal, CPU, 180).includes(30),
    );
    expect(changed.length / NODES).toBeGreaterThan(0.4);
    expect(changed.length / NODES).toBeLessThan(0.6);
  });

  it.each(METRICS)('shifts $name with the others', (metric) => {
    const at = 30;
    for (const signal of nodes(workload('step'), 50)) {
      const told = news(signal, metric, at + 10).includes(at);
      expect(told).toBe(news(signal, CPU, at + 10).includes(at));
    }
  });
});

describe('flapping', () => {
  const all = nodes(workload('flapping'), 50);

  it.each(METRICS)(
    'moves $name beyond its delta ten times a minute on one node in five',
    (metric) => {
      all.forEach((signal, index) => {
        const count = news(signal, metric, 300).length / 5;
        if (index % 5 !== 0) expect(count).toBeLessThan(2);
        else expect(count).toBeGreaterThan(10);
      });
    },
  );

  it('jumps between two levels only', () => {
    const values = series(workload('flapping')(0), STORAGE, 300);
    const between = values.filter((value) => value > 25 && value < 75);
    expect(between).toEqual([]);
    expect(Math.min(...values)).toBeLessThan(25);
    expect(Math.max(...values)).toBeGreaterThan(75);
  });
});
