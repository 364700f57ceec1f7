// Brings the figures of a page to life as they come into sight: drawn at the width there is, with
// tips, series to choose, zoom, scales and replay. Without it the page shows what was built.

import type { FigureRow } from '../charts/figure.ts';
import { FIGURES } from '../charts/index.ts';
import { addLegend } from './controls/legend.ts';
import { addPlayer } from './controls/player.ts';
import { addScaleSwitch } from './controls/scale-switch.ts';
import { addZoom } from './controls/zoom.ts';
import { offerSvg } from './download.ts';
import { createFigureView } from './figure-view.ts';

const CONTROLS = [addLegend, addScaleSwitch, addZoom, addPlayer, offerSvg];

async function enliven(element: HTMLElement): Promise<void> {
  const figure = FIGURES.find(({ id }) => id === element.dataset.figure);
  const { source } = element.dataset;
  if (figure === undefined || source === undefined) return;
  const answer = await fetch(source);
  if (!answer.ok) return;
  const rows: FigureRow[] = await answer.json();
  createFigureView(element, figure, rows, CONTROLS);
  // Tells tests and style sheets that the figure answers now.
  element.dataset.live = '';
}

const observer = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting || !(target instanceof HTMLElement)) continue;
      observer.unobserve(target);
      enliven(target).catch(() => {
        // The picture of the build stays; it has all the data already.
      });
    }
  },
  // Only ahead: what changes its height above would move the page under the reader's eyes.
  { rootMargin: '0px 0px 500px 0px' },
);
for (const element of document.querySelectorAll('[data-figure]')) observer.observe(element);
