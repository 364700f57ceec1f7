// Draws a figure with the document of a browser or of a build: the only place that calls Plot.plot.

import * as Plot from '@observablehq/plot';
import { FONT_SIZE } from './drawing/frame.ts';
import type { Figure, FigureRow, View } from './figure.ts';

export type Drawn = ReturnType<typeof Plot.plot>;

export function render<Row extends FigureRow>(
  figure: Figure<Row>,
  rows: readonly Row[],
  view: View,
  document: Document,
): Drawn {
  const drawn = Plot.plot({ ...figure.plot(rows, view), document });
  drawn.setAttribute('role', 'img');
  drawn.setAttribute('aria-label', `${figure.title}. ${figure.caption(rows)}`.trim());
  drawn.setAttribute('font-size', `${FONT_SIZE}`);
  shorten(drawn);
  return drawn;
}

/** Attributes that hold coordinates. */
const NUMBERS = ['d', 'transform', 'x', 'y', 'x1', 'x2', 'y1', 'y2', 'cx', 'cy', 'width', 'height'];
const LONG = /-?\d+\.\d{3,}(e-?\d+)?/g;

/** A hundredth of a pixel is enough, and digits past that differ between machines. */
function shorten(root: Element): void {
  for (const element of [root, ...root.querySelectorAll('*')]) {
    for (const name of NUMBERS) {
      const value = element.getAttribute(name);
      if (value === null || !value.includes('.')) continue;
      element.setAttribute(name, value.replace(LONG, rounded));
    }
  }
}

const rounded = (digits: string): string => `${Math.round(Number(digits) * 100) / 100 || 0}`;
