import { describe, expect, it } from 'vitest';
import { number, quantity, short } from '../../../analysis-site/src/charts/drawing/format.ts';
import { drawable } from '../../../analysis-site/src/charts/drawing/marks.ts';
import {
  inOrder,
  paletteCss,
  stylesOf,
} from '../../../analysis-site/src/charts/drawing/palette.ts';
import { spoken } from '../../../analysis-site/src/charts/statistics/interval.ts';
import { pushPullRounds } from '../../../analysis-site/src/charts/sweeps/theory.ts';
import { dataFor } from './grids.ts';
import { draw, figureOf } from './support.ts';

/** WCAG 2: of two colours as #rrggbb. */
function contrast(a: string, b: string): number {
  const luminance = (color: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

describe('colours', () => {
  const pairs = [...paletteCss().matchAll(/--chart-([\w-]+): light-dark\((#\w+), (#\w+)\)/g)];

  it.each(pairs.map(([, name, light, dark]) => [name, light ?? '', dark ?? '']))(
    '%s can be seen on a light and on a dark page',
    (name, light, dark) => {
      const least = name?.startsWith('step') ? 2.5 : 3;
      expect(contrast(light, '#ffffff')).toBeGreaterThan(least);
      expect(contrast(dark, '#161d24')).toBeGreaterThan(least);
    },
  );

  it('stay with a thing, whatever stands beside it', () => {
    const colorOf = (names: string[], wanted: string) =>
      stylesOf(names).find(({ name }) => name === wanted)?.color;
    expect(colorOf(['priomon', 'full'], 'priomon')).toBe(colorOf(['x', 'priomon'], 'priomon'));
    expect(colorOf(['x', 'priomon'], 'x')).not.toBe(colorOf(['x', 'priomon'], 'priomon'));
    expect(colorOf(['full · loss 0 %'], 'full · loss 0 %')).toBe(colorOf(['full'], 'full'));
  });

  it('never are all that tells two series apart', () => {
    for (const names of [
      ['priomon', 'full', 'full-json', 'digest', 'strict'],
      ['cpu', 'memory', 'network', 'storage'],
      ['priority 6', 'priority 7', 'priority 10'],
      ['1 peer', '2 peers', '3 peers'],
      ['full · 10 nodes', 'full · 20 nodes'],
    ]) {
      const marks = stylesOf(names).map(({ dash, symbol }) => `${dash} ${symbol}`);
      expect(new Set(marks).size).toBe(names.length);
    }
  });

  it('go by numbers and strategies, not by letters', () => {
    expect(inOrder(['100 nodes', '20 nodes', '3 nodes'])).toEqual([
      '3 nodes',
      '20 nodes',
      '100 nodes',
    ]);
    expect(inOrder(['10,000 nodes', '1,000 nodes', '300 nodes'])).toEqual([
      '300 nodes',
      '1,000 nodes',
      '10,000 nodes',
    ]);
    expect(inOrder(['1 peer · rounds of 1 s', '1 peer · rounds of 500 ms'])).toEqual([
      '1 peer · rounds of 500 ms',
      '1 peer · rounds of 1 s',
    ]);
    expect(inOrder(['digest', 'zebra', 'priomon'])).toEqual(['priomon', 'digest', 'zebra']);
    expect(inOrder(['priority 10 · full', 'priority 2 · full', 'priority 2 · priomon'])).toEqual([
      'priority 2 · priomon',
      'priority 2 · full',
      'priority 10 · full',
    ]);
  });
});

describe('names beside points', () => {
  const row = {
    ...{ bytesLow: null, bytesHigh: null, valueLow: null, valueHigh: null, runs: 1 },
    ...{ nodes: 20, budgetBytes: 4096, bytes: 1000, value: 100 },
  };
  const namesOf = (width: number): string[] => {
    const rows = [
      { ...row, series: 'push' },
      { ...row, series: 'pull', bytes: 1010 },
      { ...row, series: 'full by pushes alone', value: 900 },
      { ...row, series: 'both', bytes: 100 },
      { ...row, series: 'full by all', bytes: 10_000 },
    ];
    const texts = draw(figureOf('lag-bandwidth'), rows, { width }).querySelectorAll(
      'g[aria-label="text"] text',
    );
    return [...texts].map(({ textContent }) => textContent ?? '');
  };

  it('neither write over one another nor leave the frame', () => {
    expect(namesOf(900)).toEqual(['push', 'full by pushes alone']);
  });
});

describe('numbers', () => {
  it('have three digits, or all of a whole one', () => {
    expect([0.012345, 4.5678, 99.95, 10_681.4].map(number)).toEqual([
      '0.0123',
      '4.57',
      '100',
      '10,681',
    ]);
    expect([quantity(1500, 'ms'), quantity(86e6, 'B'), quantity(7, '')]).toEqual([
      '1.5 s',
      '86 MB',
      '7',
    ]);
    expect([0, 0.05, 20, 5000, 2e6].map(short)).toEqual(['0', '0.05', '20', '5k', '2M']);
  });

  it('say their interval once they have one', () => {
    expect(spoken({ mean: 5, low: null, high: null, count: 1 }, 'ms')).toBe('5 ms (1 run)');
    expect(spoken({ mean: 900, low: 500, high: 1300, count: 4 }, 'ms')).toBe(
      '900 ms (95 % interval 500 ms to 1.3 s, 4 runs)',
    );
  });

  it('leave no unit out of an interval that has two', () => {
    expect(spoken({ mean: 1e6, low: 9e5, high: 1.1e6, count: 4 }, 'B')).toBe(
      '1 MB (95 % interval 900,000 B to 1.1 MB, 4 runs)',
    );
    expect(spoken({ mean: -300, low: -1200, high: 600, count: 4 }, 'ms')).toBe(
      '-300 ms (95 % interval -1.2 s to 600 ms, 4 runs)',
    );
  });
});

describe('the theory of push-pull', () => {
  it.each([
    [100, 1, 0, 6.4],
    [1000, 1, 0, 9.08],
    [1000, 3, 0, 4.94],
    [1000, 3, 0.5, 6.91],
  ])('of %i nodes, %i peers and loss %d takes %d rounds', (nodes, peers, loss, rounds) => {
    expect(pushPullRounds(nodes, peers, loss)).toBeCloseTo(rounds, 1);
  });

  it('has its ends', () => {
    expect(pushPullRounds(2, 1)).toBe(1);
    expect(pushPullRounds(1, 1)).toBeNaN();
    expect(pushPullRounds(10, 1, 1)).toBeNaN();
  });
});

describe('axes', () => {
  const ticks = (id: string, axis: 'x' | 'y', width = 640, xDomain?: [number, number]) => {
    const figure = figureOf(id);
    const view = { width, ...(xDomain && { xDomain }) };
    const svg = draw(figure, figure.rows(dataFor(id)), view);
    const texts = svg.querySelectorAll(`[aria-label="${axis}-axis tick label"] text`);
    return [...texts].map(({ textContent }) => textContent);
  };

  it('have a tick for each setting, as far as there is room', () => {
    expect(ticks('convergence-nodes', 'x')).toEqual(['10', '20', '50', '100', '200']);
    expect(ticks('cpu-nodes', 'x', 260)).toEqual(['20', '50', '100']);
  });

  it('of a logarithmic scale have round ends and a text at every tick', () => {
    expect(ticks('overhead-nodes', 'y')).toEqual(['10', '100', '1k', '10k', '100k']);
    expect(ticks('lag-bandwidth', 'y')).toEqual(['100', '200', '500', '1k', '2k', '5k', '10k']);
  });

  it('of a logarithmic scale break lines at what it cannot show', () => {
    expect([5, 0, -5, null].map((value) => drawable(value, 'log'))).toEqual([
      5,
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]);
    expect([5, 0, -5, null].map((value) => drawable(value, 'linear'))).toEqual([
      5,
      0,
      -5,
      Number.NaN,
    ]);
  });

  it('can be zoomed, and what leaves the frame is cut', () => {
    expect(ticks('error-time', 'x', 640, [10, 20])).toEqual(['10', '12', '14', '16', '18', '20']);
    const figure = figureOf('error-time');
    const svg = draw(figure, figure.rows(dataFor('error-time')), { width: 640, xDomain: [10, 20] });
    expect(svg.querySelectorAll('clipPath').length).toBeGreaterThan(0);
  });
});
