// Zoom along x: drag over the picture, or move the two ends with sliders; one button shows all.

import type { Drawn } from '../../charts/render.ts';
import { button, element, group } from '../elements.ts';
import type { FigureView } from '../figure-view.ts';

/** Steps of the sliders over the whole range. */
const STEPS = 100;
/** A drag shorter than this was a click, CSS px. */
const LEAST_DRAG = 8;

type Range = readonly [number, number];

/** Numbers at both ends of the x axis; undefined where it is none. */
function rangeOf(drawn: Drawn): Range | undefined {
  const domain = [...(drawn.scale('x')?.domain ?? [])];
  const [from, to] = [Number(domain[0]), Number(domain.at(-1))];
  return Number.isFinite(from) && Number.isFinite(to) && to > from ? [from, to] : undefined;
}

export function addZoom(view: FigureView): void {
  if (!view.figure.options.canZoomX) return;
  const whole = rangeOf(view.drawn());
  if (whole === undefined) return;
  const [least, most] = whole;
  const valueAt = (step: number): number => least + ((most - least) * step) / STEPS;
  const stepAt = (value: number): number => Math.round(((value - least) / (most - least)) * STEPS);

  const from = slider('Zoom: start', 0);
  const to = slider('Zoom: end', STEPS);
  const reset = button('Show all', () => zoom(whole));
  reset.disabled = true;

  function zoom(range: Range): void {
    const steps = [stepAt(range[0]), stepAt(range[1])] as const;
    from.value = String(steps[0]);
    to.value = String(steps[1]);
    const isWhole = steps[0] <= 0 && steps[1] >= STEPS;
    reset.disabled = isWhole;
    view.choose({ xDomain: isWhole ? undefined : range });
  }
  /** The end that is moved pushes the other one before it. */
  function onSlide(moved: 'from' | 'to'): void {
    const first = Math.min(Number(from.value), STEPS - 1);
    const last = Math.max(Number(to.value), 1);
    if (first < last) zoom([valueAt(first), valueAt(last)]);
    else if (moved === 'from') zoom([valueAt(first), valueAt(first + 1)]);
    else zoom([valueAt(last - 1), valueAt(last)]);
  }
  from.addEventListener('input', () => onSlide('from'));
  to.addEventListener('input', () => onSlide('to'));
  view.controls.append(group('Zoom', word('Zoom from'), from, word('to'), to, reset));
  addBrush(view, zoom);
}

/** For the eye alone: what is heard is the label of each slider. */
const word = (text: string): HTMLElement =>
  element('span', { class: 'soft', 'aria-hidden': 'true' }, text);

const slider = (label: string, step: number): HTMLInputElement => {
  const made = element('input', {
    type: 'range',
    min: '0',
    max: String(STEPS),
    'aria-label': label,
  });
  made.value = String(step);
  return made;
};

/** Drags that start and end on the picture; what they cover is shaded meanwhile. */
function addBrush(view: FigureView, zoom: (range: Range) => void): void {
  const { plot } = view;
  plot.classList.add('can-zoom');
  let startX: number | undefined;
  let shade: HTMLElement | undefined;

  const end = (): void => {
    startX = undefined;
    shade?.remove();
    shade = undefined;
  };
  plot.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || event.pointerType === 'touch') return;
    startX = event.clientX;
  });
  plot.addEventListener('pointermove', ({ clientX }) => {
    if (startX === undefined || Math.abs(clientX - startX) < LEAST_DRAG) return;
    shade ??= plot.appendChild(element('div', { class: 'brush' }));
    const box = plot.getBoundingClientRect();
    const svg = view.drawn().getBoundingClientRect();
    shade.style.left = `${Math.min(startX, clientX) - box.left - plot.clientLeft}px`;
    shade.style.width = `${Math.abs(clientX - startX)}px`;
    shade.style.top = `${svg.top - box.top}px`;
    shade.style.height = `${svg.height}px`;
  });
  window.addEventListener('pointerup', ({ clientX }) => {
    if (startX === undefined) return;
    const ends = [startX, clientX].sort((a, b) => a - b);
    end();
    const [a = 0, b = 0] = ends;
    const invert = view.drawn().scale('x')?.invert;
    if (invert === undefined || b - a < LEAST_DRAG) return;
    const left = view.drawn().getBoundingClientRect().left;
    const now = rangeOf(view.drawn());
    if (now === undefined) return;
    const clamp = (value: number): number => Math.min(Math.max(value, now[0]), now[1]);
    zoom([clamp(Number(invert(a - left))), clamp(Number(invert(b - left)))]);
  });
  window.addEventListener('pointercancel', end);
}
