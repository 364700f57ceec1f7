// The comparison as a table in the page, with a button for the baseline in every column.

import type { Item } from '../../compare/items.ts';
import type { Sheet, SheetCell } from '../../compare/sheet.ts';
import { labelText } from '../../report/format.ts';
import { button, element, press } from '../elements.ts';

export interface SheetActions {
  base(item: Item): void;
  remove(item: Item): void;
}

/** Draws the whole table anew; there are a few hundred cells at most. */
export function drawSheet(
  place: HTMLElement,
  items: readonly Item[],
  baseline: number,
  sheet: Sheet,
  actions: SheetActions,
): void {
  const focused = focusedName(place);
  if (items.length === 0) return place.replaceChildren();
  const table = element('table', { class: 'sheet' });
  const head = table.createTHead().insertRow();
  head.append(element('th', { scope: 'col' }, 'measure'));
  items.forEach((item, i) => {
    head.append(headOf(item, i === baseline, actions));
  });
  const body = table.createTBody();
  for (const { title, texts } of sheet.differing) {
    const row = body.insertRow();
    row.className = 'condition';
    row.append(element('th', { scope: 'row' }, title));
    for (const text of texts) row.append(element('td', {}, text));
  }
  for (const { column, cells } of sheet.rows) {
    const row = body.insertRow();
    const name = element('th', { scope: 'row' });
    name.append(element('a', { href: `../method/#${column.name}` }, column.name));
    const detail = [labelText(column.label), column.unit].filter((text) => text !== '').join(', ');
    if (detail !== '') name.append(element('small', {}, detail));
    row.append(name, ...cells.map(cellOf));
  }
  const box = element('div', { class: 'scroll', tabindex: '0', role: 'region' });
  box.setAttribute('aria-label', 'Comparison');
  box.append(table);
  const shared = `The same for all: ${sheet.shared.join(', ')}.`;
  place.replaceChildren(box, element('p', { class: 'soft' }, shared));
  if (focused !== undefined) place.querySelector<HTMLElement>(`[data-name="${focused}"]`)?.focus();
}

/** The table is drawn anew under the reader's hands: who pressed a button stays on it. */
const focusedName = (place: HTMLElement): string | undefined =>
  document.activeElement instanceof HTMLElement && place.contains(document.activeElement)
    ? document.activeElement.dataset.name
    : undefined;

/** Buttons are alike in every column, so each says to the ear whose it is. */
function headOf(item: Item, isBaseline: boolean, actions: SheetActions): HTMLElement {
  const cell = element('th', { scope: 'col' });
  const base = button('Baseline', () => actions.base(item));
  base.dataset.name = `base-${item.name}`;
  press(base, isBaseline);
  const remove = button('Remove', () => actions.remove(item));
  remove.dataset.name = `remove-${item.name}`;
  for (const made of [base, remove]) {
    made.append(element('span', { class: 'hidden' }, ` ${item.label}`));
  }
  const tools = element('div', { class: 'column-tools' });
  tools.append(base, remove);
  cell.append(element('small', {}, item.experiment), element('span', {}, item.label), tools);
  return cell;
}

/** Value, multiple of the baseline, and the interval on the scale of the row. */
function cellOf({ text, count, factor, strip }: SheetCell): HTMLElement {
  const cell = element('td');
  const value = element('div', { class: 'value' });
  value.append(element('span', {}, text));
  if (factor !== '') value.append(element('b', {}, factor));
  cell.append(value);
  if (strip !== undefined) {
    const drawn = element('div', { class: 'strip', 'aria-hidden': 'true' });
    drawn.style.setProperty('--at', `${100 * strip.at}%`);
    drawn.style.setProperty('--from', `${100 * strip.from}%`);
    drawn.style.setProperty('--to', `${100 * strip.to}%`);
    cell.append(drawn);
  }
  if (text !== '–') cell.append(element('small', {}, count));
  return cell;
}
