// What a view makes of the cards and values of a slot, in whatever order they come: a value belongs
// to one opening of its slot, and to no card but that one's.

import { describe, expect, it } from 'vitest';
import { definitionKey } from '../../../node/core/data/definitions.ts';
import { recount } from '../../../node/core/data/keep.ts';
import type { SeriesCard } from '../../../node/core/data/slots.ts';
import { entryAt, versionAt } from '../../../node/core/data/source.ts';
import type { MetricDefinition } from '../../../node/core/model.ts';
import type { Push, WireEntry } from '../../../node/core/wire/messages.ts';
import { aliveUpdate, memberOf, metric, metricsAt, opened, startEngine } from '../support.ts';

/** A view that is told of one owner by hand, entry by entry. */
function viewer() {
  const engine = startEngine('viewer', { definitions: [] });
  const ms = metric('late', { unit: 'ms', priority: 3 });
  const percent = metric('used', { priority: 10 });
  const cardOf = (definition: MetricDefinition): SeriesCard => ({
    ...{ definitionKey: definitionKey(definition), labelValues: [] },
    priority: definition.priority,
  });
  const head = { kind: 'push', cluster: engine.cluster, from: 1, keyRange: undefined } as const;
  const send = (cargo: Partial<Push>): void => {
    const message = { ...head, byKey: true, chunks: [], updates: [], definitions: [], ...cargo };
    engine.handle({ type: 'request', token: 1, message }, 10);
    expect(engine.state.viewBytes).toBe(recount(engine.state).viewBytes);
  };
  send({ updates: [aliveUpdate('owner')], definitions: [ms, percent] });
  const { key, source } = memberOf(engine, 'owner');
  const hear = (...entries: WireEntry[]): void =>
    send({ chunks: [{ ref: key, from: 0, to: 0, entries }] });
  const shown = () => metricsAt(engine, 'owner');
  /** What the owner told in turn: percent, closed, and then ms in the same slot. */
  const at = { index: 1, ageMs: 0 };
  const card = { index: -1, ageMs: 0 };
  const story = {
    ...{ cards: opened([cardOf(percent)]), used: { ...at, version: 3, value: 505 } },
    closed: { ...card, version: 4, value: null },
    ...{ reopened: { ...card, opening: 1, version: 5, value: cardOf(ms) } },
    ...{ late: { ...at, opening: 1, version: 6, value: 70 } },
  };
  return { hear, shown, source, ...story };
}

describe('a slot in the view of another', () => {
  it('shows its value whether the card comes first or the value', () => {
    const one = viewer();
    one.hear(...one.cards);
    one.hear(one.used);
    const two = viewer();
    two.hear(two.used);
    expect(two.shown()).toEqual({});
    two.hear(...two.cards);
    expect([one.shown(), two.shown()]).toEqual([{ used: 50.5 }, { used: 50.5 }]);
  });

  it('that is closed takes no value of before any more', () => {
    const { hear, shown, source, cards, used, closed } = viewer();
    hear(...cards, closed, used);
    expect(shown()).toEqual({});
    expect(versionAt(source, 1)).toBe(0);
  });

  it('that is opened anew takes no value of an earlier opening, and has none of it', () => {
    const { hear, shown, source, cards, used, reopened, late } = viewer();
    hear(...cards, used);
    hear(reopened);
    expect(shown()).toEqual({});
    hear({ ...used, version: 7 });
    expect(shown()).toEqual({});
    expect(versionAt(source, 1)).toBe(0);
    hear(late);
    expect(shown()).toEqual({ late: 7 });
  });

  it('shows nothing while a value of the next opening waits for its card', () => {
    const { hear, shown, cards, used, closed, reopened, late } = viewer();
    hear(...cards, used);
    hear(late);
    expect(shown()).toEqual({});
    // Neither the card of before nor its end means what is held now.
    hear(closed, ...cards, used);
    expect(shown()).toEqual({});
    hear(reopened);
    expect(shown()).toEqual({ late: 7 });
  });

  it('holds a text or a number, whichever was told last, and passes on what it holds', () => {
    const { hear, source, used } = viewer();
    hear({ ...used, value: '"a"' }, { ...used, version: 4, value: 7 });
    expect(entryAt(source, 1)).toMatchObject({ version: 4, value: 7 });
    hear({ ...used, version: 5, value: '"b"' });
    expect(entryAt(source, 1)).toMatchObject({ version: 5, value: '"b"' });
  });

  it('is the same in the end in whatever order all of it comes', () => {
    const { cards, used, closed, reopened, late } = viewer();
    const told = [...cards, used, closed, reopened, late];
    // All rotations of the order and of its reverse.
    for (const order of [told, told.toReversed()]) {
      for (let at = 0; at < order.length; at++) {
        const { hear, shown, source } = viewer();
        for (const each of [...order.slice(at), ...order.slice(0, at)]) hear(each);
        expect(shown()).toEqual({ late: 7 });
        expect([-1, 0, 1].map((index) => versionAt(source, index))).toEqual([5, 1, 6]);
      }
    }
  });
});
