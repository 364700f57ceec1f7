// A line for each name with a dot, its interval and its value in words: for comparisons that
// have no second axis.

import type { Markish, PlotOptions } from '@observablehq/plot';
import * as Plot from '@observablehq/plot';
import type { Scale, SeriesStyle, View } from '../figure.ts';
import { isNumber } from '../statistics/data.ts';
import { quantity, short } from './format.ts';
import { frame, note } from './frame.ts';
import { drawable } from './marks.ts';
import { hue } from './palette.ts';

export interface Dot {
  readonly name: string;
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** A thin mark beside the dot; absent: none. */
  readonly reference?: number | null;
}

export interface DotPlot {
  readonly dots: readonly Dot[];
  readonly styles: readonly SeriesStyle[];
  readonly label: string;
  readonly unit: string;
  readonly scale: Scale;
  readonly domain?: readonly [number, number];
}

/** Of a name and its dot, px. */
const LINE = 42;

export function dotPlot(view: View, plot: DotPlot): PlotOptions {
  const { dots, label, unit, scale, domain } = plot;
  const names = dots.map(({ name }) => name);
  const values = dots.flatMap(({ mean, low, high, reference = null }) => [
    ...[mean, low, high],
    reference,
  ]);
  return frame(view, {
    x: {
      label,
      scale,
      fromZero: true,
      values,
      ...(domain && { domain }),
      ...((scale === 'log' || unit.startsWith('B')) && { format: short }),
    },
    y: { label: '', isBand: true },
    marks: [...marksOf(plot), ...(dots.length === 0 ? [note('Nothing is switched on.')] : [])],
    marginLeft: 16,
    height: 74 + LINE * Math.max(1, dots.length),
    more: { y: { axis: null, type: 'band', domain: names } },
  });
}

function marksOf({ dots, styles, unit, scale }: DotPlot): Markish[] {
  const x = (value: number | null | undefined): number => drawable(value, scale);
  const drawn = dots.filter(({ mean }) => Number.isFinite(x(mean)));
  const floor = scale === 'log' ? Math.min(...drawn.map(({ mean }) => x(mean))) : -Infinity;
  const bounded = drawn.filter(({ low, high }) => isNumber(low) && isNumber(high));
  const look = new Map(styles.map((style) => [style.name, style]));
  const stroke = ({ name }: Dot): string => look.get(name)?.color ?? hue('blue');
  const referred = dots.filter(({ reference }) => Number.isFinite(x(reference)));
  const place = { y: 'name' } as const;
  // From the axis to the dot: the eye compares lengths.
  const start = scale === 'linear' ? { x1: 0 } : {};
  const low = (dot: Dot): number => Math.max(floor, dot.low ?? Number.NaN);
  return [
    Plot.ruleY(drawn, { ...place, ...start, x2: 'mean', stroke, strokeOpacity: 0.35 }),
    Plot.ruleY(bounded, { ...place, x1: low, x2: 'high', stroke, strokeWidth: 2 }),
    ...drawn.map((dot) => {
      const symbol = (look.get(dot.name)?.symbol ?? 'circle') as Plot.SymbolType;
      return Plot.dot([dot], { ...place, x: 'mean', r: 5, fill: stroke(dot), symbol });
    }),
    Plot.dot(referred, { ...place, x: 'reference', symbol: 'plus', stroke: hue('grey'), r: 3.5 }),
    // Names stand above their lines: beside them they would take a phone's whole width.
    Plot.text(dots, {
      ...place,
      frameAnchor: 'left',
      text: ({ name, mean }: Dot) => `${name}: ${isNumber(mean) ? quantity(mean, unit) : 'none'}`,
      textAnchor: 'start',
      dy: -13,
    }),
  ];
}
