// The list of what can be compared: a box to tick for each, by experiment, with a filter.

import { type CompareChoice, type Grain, MOST_PICKED } from '../../compare/choice.ts';
import type { Item } from '../../compare/items.ts';
import { element } from '../elements.ts';

export interface PickerActions {
  pick(names: readonly string[]): void;
  showGrain(grain: Grain): void;
}

export interface Picker {
  /** Shows these and ticks what is chosen; more cannot be ticked when there are enough. */
  show(items: readonly Item[], choice: CompareChoice): void;
}

export function createPicker(root: HTMLElement, actions: PickerActions): Picker {
  const list = root.querySelector<HTMLElement>('[data-choices]');
  const filter = root.querySelector<HTMLInputElement>('input[name="filter"]');
  const grains = [...root.querySelectorAll<HTMLInputElement>('input[name="grain"]')];
  let shown: readonly Item[] = [];
  let picked: readonly string[] = [];
  let boxes = new Map<string, HTMLInputElement>();

  root.querySelector('form')?.addEventListener('submit', (event) => event.preventDefault());
  root.querySelector('[data-clear]')?.addEventListener('click', () => actions.pick([]));
  for (const radio of grains) {
    radio.addEventListener('change', () => {
      if (radio.checked) actions.showGrain(radio.value === 'runs' ? 'runs' : 'points');
    });
  }
  filter?.addEventListener('input', hideOthers);

  function build(items: readonly Item[]): void {
    boxes = new Map();
    const groups = Map.groupBy(items, ({ experimentId }) => experimentId);
    const fieldsets = [...groups.values()].map((members) => {
      const set = element('fieldset');
      set.append(element('legend', {}, members[0]?.experiment ?? ''), ...members.map(boxOf));
      return set;
    });
    list?.replaceChildren(...fieldsets);
  }
  function boxOf(item: Item): HTMLLabelElement {
    const label = element('label');
    const box = element('input', { type: 'checkbox' });
    box.addEventListener('change', () => {
      const others = picked.filter((name) => name !== item.name);
      actions.pick(box.checked ? [...others, item.name] : others);
    });
    boxes.set(item.name, box);
    label.append(box, element('span', {}, item.label));
    return label;
  }
  /** Every word must be somewhere in the experiment's title or in the label. */
  function hideOthers(): void {
    const words = (filter?.value ?? '').toLowerCase().split(/\s+/).filter(Boolean);
    for (const { name, label, experiment } of shown) {
      const text = `${experiment} ${label}`.toLowerCase();
      const row = boxes.get(name)?.closest('label');
      if (row) row.hidden = !words.every((word) => text.includes(word));
    }
    for (const set of list?.querySelectorAll('fieldset') ?? []) {
      set.hidden = set.querySelector('label:not([hidden])') === null;
    }
  }

  return {
    show(items, choice) {
      // Built anew only when it must be, or the box that was just ticked would lose its focus.
      if (items !== shown) build(items);
      shown = items;
      picked = choice.picked;
      for (const [name, box] of boxes) {
        box.checked = picked.includes(name);
        box.disabled = !box.checked && picked.length >= MOST_PICKED;
      }
      for (const radio of grains) radio.checked = radio.value === choice.grain;
      hideOthers();
    },
  };
}
