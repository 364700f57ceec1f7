// The axes that every chart has: sizes, margins and ticks that suit a phone and a wide page.

import type { Markish, PlotOptions, ScaleOptions } from '@observablehq/plot';
import * as Plot from '@observablehq/plot';
import type { FigureOptions, Scale, View } from '../figure.ts';
import { short } from './format.ts';

export const NARROW = 480;
/** Of all text, CSS px; Plot's own 10 is small on a phone. */
export const FONT_SIZE = 12;

export interface Axis {
  readonly label: string;
  readonly scale?: Scale;
  readonly domain?: readonly (number | string)[];
  /** Values that were set, such as numbers of nodes: each gets a tick, if there is room. */
  readonly ticks?: readonly number[];
  readonly format?: (value: number) => string;
  /** All that is drawn: ends and ticks of a logarithmic scale follow, and how ticks are written. */
  readonly values?: readonly (number | null)[];
  /** Draws from 0 on, where the scale is linear. */
  readonly fromZero?: boolean;
  readonly isBand?: boolean;
}

export interface Frame {
  readonly x: Axis;
  readonly y: Axis;
  readonly marks: readonly Markish[];
  readonly marginLeft?: number;
  readonly marginRight?: number;
  readonly height?: number;
  readonly more?: PlotOptions;
}

export const scaleOf = (view: View, options: Pick<FigureOptions, 'scale'>): Scale =>
  view.scale ?? options.scale ?? 'linear';

/** Three to five, which is golden on a wide page; a phone gets more height for its width. */
export const heightOf = (width: number): number =>
  Math.round(Math.min(420, Math.max(260, width * (width < NARROW ? 0.8 : 0.5))));

export function frame(view: View, { x, y, marks, ...rest }: Frame): PlotOptions {
  const isNarrow = view.width < NARROW;
  const marginLeft = rest.marginLeft ?? 52;
  const marginRight = rest.marginRight ?? 16;
  const inner = view.width - marginLeft - marginRight;
  const tickSpacing = isNarrow ? 64 : 90;
  const across = { ...abridged(x, 1_000), ...(view.xDomain && { domain: view.xDomain }) };
  const xScale = axis(across, inner, tickSpacing);
  const yScale = axis(abridged(y, 10_000), Number.POSITIVE_INFINITY, isNarrow ? 44 : 40);
  return {
    width: view.width,
    height: rest.height ?? heightOf(view.width),
    marginLeft,
    marginRight,
    marginTop: 30,
    marginBottom: 44,
    // Lines that leave a zoomed frame are cut; ids of clip paths stay out of the built pages.
    clip: view.xDomain !== undefined,
    x: xScale,
    y: { ...yScale, grid: y.isBand !== true },
    marks: [...ticksOf(xScale, x, Plot.axisX), ...ticksOf(yScale, y, Plot.axisY), ...marks],
    ...rest.more,
  };
}

/** On a logarithmic scale Plot writes beside few of the ticks; these are few enough for all. */
function ticksOf({ type, ticks }: ScaleOptions, { format }: Axis, mark: typeof Plot.axisX) {
  if (type !== 'log' || !Array.isArray(ticks)) return [];
  const text = typeof format === 'function' ? format : String;
  return [mark(ticks, { text })];
}

function axis(options: Axis, pixels: number, tickSpacing: number): ScaleOptions {
  const { label, ticks, format, values = [] } = options;
  const scale = options.scale ?? 'linear';
  const domain = options.domain ?? (scale === 'linear' && isFlat(values) ? [0, 1] : undefined);
  return {
    label,
    ...(options.isBand ? { type: 'band', padding: 0.2 } : { type: scale }),
    ...(domain !== undefined && { domain: [...domain] }),
    ...(ticks !== undefined && { ticks: thinned(ticks, pixels, scale) }),
    ...(ticks === undefined && !options.isBand && { tickSpacing }),
    ...(format !== undefined && { tickFormat: format }),
    ...(options.fromZero && scale === 'linear' && domain === undefined && { zero: true }),
    ...(!options.isBand && domain === undefined && { nice: ticks === undefined }),
    ...(scale === 'log' && domain === undefined && options.values && decades(options.values)),
  };
}

/** Zeros alone: Plot would give them an axis of one tick with six decimals. */
const isFlat = (values: readonly (number | null)[]): boolean =>
  values.includes(0) && values.every((value) => value === 0 || value === null);

/** From `limit` on, ticks that are written in full would be cut by the frame's edge. */
function abridged(axis: Axis, limit: number): Axis {
  const isLong = axis.values?.some((value) => Math.abs(value ?? 0) >= limit) ?? false;
  return isLong && axis.format === undefined ? { ...axis, format: short } : axis;
}

/** Ticks in a decade, by the number of decades; beyond them there is one. */
const STEPS = [
  [1, 2, 5],
  [1, 2, 5],
  [1, 2, 5],
  [1, 3],
];

/** From one round number to another. */
function decades(values: readonly (number | null)[]): ScaleOptions {
  const positive = values.filter((value) => value !== null && value > 0).map(Number);
  const usable = positive.filter(Number.isFinite);
  if (usable.length === 0) return { domain: [1, 10], ticks: [1, 10] };
  const first = Math.floor(Math.log10(Math.min(...usable)));
  const last = Math.ceil(Math.log10(Math.max(...usable)));
  const steps = STEPS[last - first] ?? [1];
  const round = Array.from({ length: last - first + 1 }, (_, index) =>
    steps.map((step) => Number(`${step}e${first + index}`)),
  ).flat();
  const from = round.findLast((value) => value <= Math.min(...usable)) ?? 10 ** first;
  const to = round.find((value) => value >= Math.max(...usable) && value > from) ?? from * 10;
  const ticks = round.filter((value) => value >= from && value <= to);
  return { domain: [from, to], ticks, nice: false };
}

/** Room that one tick's text takes, px. */
const TICK_ROOM = 38;

/** The values, without those that would write over their neighbour. */
function thinned(values: readonly number[], pixels: number, scale: Scale): number[] {
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  const place = (value: number): number => (scale === 'log' ? Math.log(value) : value);
  const first = place(sorted[0] ?? 0);
  const span = place(sorted.at(-1) ?? 0) - first;
  if (span === 0) return sorted;
  const at = (value: number): number => ((place(value) - first) / span) * pixels;
  const kept: number[] = [];
  // From the right: the largest value is the one that findings speak of.
  for (const value of sorted.reverse()) {
    const neighbour = kept.at(-1);
    if (neighbour === undefined || at(neighbour) - at(value) >= TICK_ROOM) kept.push(value);
  }
  return kept.reverse();
}

/** For values that were set, such as numbers of nodes: logarithmic where they span decades. */
export function settingAxis(label: string, values: readonly number[]): Axis {
  const sorted = [...values].sort((a, b) => a - b);
  const [least = 0, most = 0] = [sorted[0], sorted.at(-1)];
  const isWide = least > 0 && most / least >= 16;
  // Five digits would not fit beside the frame's end.
  const format = (value: number): string => (value < 10_000 ? `${value}` : short(value));
  return { label, scale: isWide ? 'log' : 'linear', ticks: sorted, format };
}

/** A line of text in place of marks that have no room or no sense. */
export const note = (text: string): Markish =>
  Plot.text([text], { frameAnchor: 'middle', fill: 'currentColor', lineWidth: 24 });
