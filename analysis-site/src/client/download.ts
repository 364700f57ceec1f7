// The picture as the reader sees it, as a file: series, zoom and scale are those chosen.

import { standaloneSvg } from '../report/picture.ts';
import type { FigureView } from './figure-view.ts';

export function offerSvg(view: FigureView): void {
  const link = view.element.querySelector<HTMLAnchorElement>('[data-download="svg"]');
  let last: string | undefined;
  link?.addEventListener('click', () => {
    if (last !== undefined) URL.revokeObjectURL(last);
    const markup = new XMLSerializer().serializeToString(view.drawn());
    last = URL.createObjectURL(new Blob([standaloneSvg(markup)], { type: 'image/svg+xml' }));
    link.href = last;
  });
}
