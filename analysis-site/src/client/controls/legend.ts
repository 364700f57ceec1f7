// The legend's entries become buttons that show and hide their series.

import { button, element, press } from '../elements.ts';
import type { FigureView } from '../figure-view.ts';

/** From so many series on, one button hides or shows all of them. */
const MANY = 4;

export function addLegend(view: FigureView): void {
  if (view.figure.options.seriesKey === undefined) return;
  const legend = view.element.querySelector<HTMLElement>('[data-legend]');
  const entries = [...(legend?.querySelectorAll<HTMLElement>('[data-series]') ?? [])];
  const names = entries.map(({ dataset }) => dataset.series ?? '');
  if (names.length < 2) return;
  const shown = new Set(names);
  const none = element('p', { class: 'no-series' }, 'No series is chosen.');

  const buttons = entries.map((entry, i) => {
    const made = element('button', { type: 'button' });
    made.append(...entry.childNodes);
    entry.append(made);
    made.addEventListener('click', () => {
      const name = names[i] ?? '';
      if (!shown.delete(name)) shown.add(name);
      show();
    });
    return made;
  });
  const all = button('', () => {
    const hides = shown.size === names.length;
    shown.clear();
    if (!hides) for (const name of names) shown.add(name);
    show();
  });
  if (names.length >= MANY) {
    const entry = element('li');
    entry.append(all);
    legend?.append(entry);
  }

  function mark(): void {
    buttons.forEach((made, i) => {
      press(made, shown.has(names[i] ?? ''));
    });
    all.textContent = shown.size === names.length ? 'Hide all' : 'Show all';
  }
  function show(): void {
    mark();
    view.choose({ shownSeries: shown.size === names.length ? undefined : new Set(shown) });
    if (shown.size === 0) view.plot.append(none);
    else none.remove();
  }
  mark();
}
