// Text beside points, without what would write over another.

import type { Markish } from '@observablehq/plot';
import * as Plot from '@observablehq/plot';
import type { FigureRow } from '../figure.ts';
import { FONT_SIZE } from './frame.ts';

/** Of a letter, as a share of the size of the text. */
const LETTER = 0.58;
/** Between the axis and what is written at its ticks. */
const TICK = 8;
/** Above the point. */
const RISE = 13;

export interface Label<Row extends FigureRow> {
  readonly x: keyof Row & string;
  readonly y: keyof Row & string;
  readonly text: keyof Row & string;
}

/** Of labels that cover one another the first row has its own; none leaves the frame. */
export function sparseLabels<Row extends FigureRow>(
  rows: readonly Row[],
  { x, y, text }: Label<Row>,
): Markish {
  const place = { x, y, text, dy: -RISE } as const;
  return Plot.text(
    rows,
    Plot.initializer(place, (data: Row[], facets, _, scales, frame) => {
      const kept: Box[] = [];
      const isFree = (i: number): boolean => {
        const row = data[i];
        const width = `${row?.[text]}`.length * FONT_SIZE * LETTER;
        const box = { x: scales.x?.(row?.[x]), y: scales.y?.(row?.[y]), width };
        const isInside =
          box.x - width / 2 >= frame.marginLeft - TICK && box.x + width / 2 <= frame.width;
        if (!isInside || kept.some((other) => covers(box, other))) return false;
        kept.push(box);
        return true;
      };
      return { data, facets: facets.map((index) => Array.from(index).filter(isFree)) };
    }),
  );
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

const covers = (a: Box, b: Box): boolean =>
  Math.abs(a.x - b.x) < (a.width + b.width) / 2 && Math.abs(a.y - b.y) < FONT_SIZE;
