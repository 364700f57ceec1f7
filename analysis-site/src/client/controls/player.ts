// Replays a figure step by step: play and pause, one step to and fro, and a slider.

import { button, element, group, press } from '../elements.ts';
import type { FigureView } from '../figure-view.ts';

/** Long enough to see what a round changed, ms. */
const STEP_MS = 700;

export function addPlayer(view: FigureView): void {
  const { figure, rows } = view;
  const count = figure.steps?.(rows) ?? 0;
  if (count < 2) return;
  const last = count - 1;
  let step = last;
  let timer: ReturnType<typeof setInterval> | undefined;

  const slider = element('input', {
    type: 'range',
    min: '0',
    max: String(last),
    'aria-label': 'Step',
  });
  const told = element('output', { class: 'soft' });
  const play = button('Play', () => (timer === undefined ? start() : stop()));
  const back = button('Back', () => go(step - 1));
  const next = button('Next', () => go(step + 1));

  function show(to: number): void {
    step = Math.min(Math.max(to, 0), last);
    slider.value = String(step);
    told.textContent = `step ${step} of ${last}`;
    back.disabled = step === 0;
    next.disabled = step === last;
    // The last step is all that happened, which is how the figure was before anybody played.
    view.choose({ step: step === last ? undefined : step });
  }
  function stop(): void {
    clearInterval(timer);
    timer = undefined;
    play.textContent = 'Play';
    press(play, false);
  }
  function go(to: number): void {
    stop();
    show(to);
  }
  function start(): void {
    show(step === last ? 0 : step);
    play.textContent = 'Pause';
    press(play, true);
    timer = setInterval(() => {
      show(step + 1);
      if (step === last) stop();
    }, STEP_MS);
  }

  press(play, false);
  slider.addEventListener('input', () => go(Number(slider.value)));
  view.controls.append(group('Replay', play, back, next, slider, told));
  told.textContent = `step ${step} of ${last}`;
  slider.value = String(step);
  next.disabled = true;
}
