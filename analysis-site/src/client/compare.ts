// The comparing page: choices to the address, and from there to the table.

import { type CompareChoice, type Grain, readChoice, writeChoice } from '../compare/choice.ts';
import { type PackedComparison, unpackMeasures } from '../compare/data.ts';
import { type Item, itemsOf, sameRun } from '../compare/items.ts';
import { sheetOf } from '../compare/sheet.ts';
import { estimator } from '../report/points.ts';
import { createPicker } from './compare/picker.ts';
import { drawSheet } from './compare/sheet-table.ts';

/** What a first visit sees, so that the page is never empty. */
const FIRST_PICKED = 4;

function start(root: HTMLElement, data: PackedComparison): void {
  const items = { points: itemsOf(data, 'points'), runs: itemsOf(data, 'runs') };
  const estimateOf = estimator(unpackMeasures(data));
  const sheet = root.querySelector<HTMLElement>('[data-sheet]');
  const status = root.querySelector<HTMLElement>('[data-status]');
  let choice = readChoice(location.search, (wanted, grain) =>
    items[grain].some(({ name }) => name === wanted),
  );
  if (location.search === '') {
    choice = { ...choice, picked: items.points.slice(0, FIRST_PICKED).map(({ name }) => name) };
  }
  const picker = createPicker(root, {
    pick: (picked) => choose({ ...choice, picked }),
    showGrain: (grain) => choose(changeGrain(choice, grain, items)),
  });

  function choose(next: CompareChoice): void {
    const { baseline, ...rest } = next;
    const isThere = baseline !== undefined && next.picked.includes(baseline);
    choice = isThere ? next : rest;
    history.replaceState(null, '', `${location.pathname}${writeChoice(choice)}`);
    show();
  }
  function show(): void {
    const known = items[choice.grain];
    picker.show(known, choice);
    const chosen = choice.picked.flatMap((name) => known.find((item) => item.name === name) ?? []);
    if (status) status.textContent = statusText(chosen);
    if (sheet === null) return;
    const baseline = Math.max(0, choice.picked.indexOf(choice.baseline ?? ''));
    drawSheet(sheet, chosen, baseline, sheetOf(chosen, baseline, data.columns, estimateOf), {
      base: ({ name }) => choose({ ...choice, baseline: name }),
      remove: ({ name }) =>
        choose({ ...choice, picked: choice.picked.filter((other) => other !== name) }),
    });
  }
  root.hidden = false;
  document.querySelector('[data-all]')?.removeAttribute('open');
  show();
  root.dataset.live = '';
}

const statusText = (chosen: readonly Item[]): string =>
  chosen.length === 0 ? 'Nothing is chosen yet.' : `${chosen.length} chosen.`;

/** What was chosen stays chosen, as the point of a run or as the first run of a point. */
function changeGrain(
  choice: CompareChoice,
  grain: Grain,
  items: Readonly<Record<Grain, readonly Item[]>>,
): CompareChoice {
  const from = items[choice.grain];
  const picked = choice.picked.flatMap((name) => {
    const item = from.find((one) => one.name === name);
    return item === undefined ? [] : (sameRun(item, items[grain])?.name ?? []);
  });
  return { grain, picked: [...new Set(picked)] };
}

const root = document.querySelector<HTMLElement>('[data-compare]');
if (root?.dataset.source !== undefined) {
  const answer = await fetch(root.dataset.source);
  if (answer.ok) start(root, await answer.json());
}
