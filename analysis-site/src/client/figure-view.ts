// One figure in the page: what the reader chose, and the picture of that.

import type { Figure, FigureRow, View } from '../charts/figure.ts';
import { type Drawn, render } from '../charts/render.ts';
import { quiet } from '../report/picture.ts';

export type Choice = Omit<View, 'width'>;

/** What controls see of a figure. */
export interface FigureView {
  readonly figure: Figure;
  readonly rows: readonly FigureRow[];
  readonly element: HTMLElement;
  /** Where the picture is. */
  readonly plot: HTMLElement;
  /** Where controls go. */
  readonly controls: HTMLElement;
  choice(): Choice;
  /** The picture as it is now. */
  drawn(): Drawn;
  /** Keys that are undefined go back to the figure's own choice. */
  choose(change: { readonly [Key in keyof Choice]?: Choice[Key] | undefined }): void;
  /** Called after each drawing. */
  onDraw(listener: (drawn: Drawn) => void): void;
}

/** Below this a picture cannot be read, and the page scrolls instead, CSS px. */
const LEAST_WIDTH = 260;

export function createFigureView(
  element: HTMLElement,
  figure: Figure,
  rows: readonly FigureRow[],
  added: readonly ((view: FigureView) => void)[],
): void {
  const plot = element.querySelector<HTMLElement>('[data-plot]');
  const controls = element.querySelector<HTMLElement>('[data-controls]');
  if (plot === null || controls === null) return;
  const listeners: ((drawn: Drawn) => void)[] = [];
  let choice: Choice = {};
  let width = widthOf(plot);
  let drawn = draw();

  function draw(): Drawn {
    const picture = quiet(render(figure, rows, { width, ...choice }, document));
    plot?.querySelector(':scope > svg, :scope > figure')?.remove();
    plot?.prepend(picture);
    return picture;
  }
  function redraw(): void {
    drawn = draw();
    for (const listener of listeners) listener(drawn);
  }

  const view: FigureView = {
    figure,
    rows,
    element,
    plot,
    controls,
    choice: () => choice,
    drawn: () => drawn,
    choose(change) {
      const next = { ...choice, ...change };
      const set = Object.entries(next).filter(([, value]) => value !== undefined);
      choice = Object.fromEntries(set);
      redraw();
    },
    onDraw: (listener) => listeners.push(listener),
  };
  for (const add of added) add(view);
  controls.hidden = controls.childElementCount === 0;

  new ResizeObserver(() => {
    const next = widthOf(plot);
    if (next === width) return;
    width = next;
    redraw();
  }).observe(plot);
}

function widthOf(plot: HTMLElement): number {
  const { paddingLeft, paddingRight } = getComputedStyle(plot);
  const inner = plot.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
  return Math.max(LEAST_WIDTH, Math.floor(inner));
}
