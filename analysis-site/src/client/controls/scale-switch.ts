// Linear or logarithmic: two buttons, of which one is pressed.

import type { Scale } from '../../charts/figure.ts';
import { button, group, press } from '../elements.ts';
import type { FigureView } from '../figure-view.ts';

const NAMES: Readonly<Record<Scale, string>> = { linear: 'Linear', log: 'Log' };

export function addScaleSwitch(view: FigureView): void {
  const { canSwitchScale, scale: first = 'linear' } = view.figure.options;
  if (!canSwitchScale) return;
  const scales: readonly Scale[] = ['linear', 'log'];
  const buttons = scales.map((scale) =>
    button(NAMES[scale], () => {
      show(scale);
      view.choose({ scale });
    }),
  );
  const show = (chosen: Scale): void => {
    buttons.forEach((made, i) => {
      press(made, scales[i] === chosen);
    });
  };
  show(first);
  view.controls.append(group('Scale', ...buttons));
}
