// Values that came before the words for them: a short message that explains what all members of a
// large view tell costs a moment, and a store gets no more at once than it can write.

import { describe, expect, it } from 'vitest';
import { definitionKey } from '../../../node/core/data/definitions.ts';
import { makePlaces, recount } from '../../../node/core/data/keep.ts';
import { entryCount } from '../../../node/core/data/source.ts';
import type { Effect, LearnedReading } from '../../../node/core/effects.ts';
import type { Engine } from '../../../node/core/engine.ts';
import { memberKey } from '../../../node/core/hash.ts';
import type { MetricDefinition } from '../../../node/core/model.ts';
import type { ProtocolSettings } from '../../../node/core/settings.ts';
import type { Push } from '../../../node/core/wire/messages.ts';
import { aliveUpdate, memberOf, metric, opened, startEngine } from '../support.ts';

const MEMBERS = 200;
const SLOTS = 200;
const LATE = metric('late');
const LATER = metric('later');

const push = (engine: Engine, cargo: Partial<Push>): Push => ({
  ...{ kind: 'push', cluster: engine.cluster, from: memberKey('teller', 1), keyRange: undefined },
  ...{ byKey: true, chunks: [], updates: [], definitions: [], ...cargo },
});

/** Many members, all of whose metrics but the last are of a definition that nobody told yet. */
function fill(engine: Engine): void {
  const keys = Array.from({ length: SLOTS }, (_, i) =>
    definitionKey(i === SLOTS - 1 ? LATER : LATE),
  );
  const cards = opened(keys.map((key) => ({ definitionKey: key, priority: 5 })));
  const first = cards.length + 1;
  for (let at = 0; at < MEMBERS; at++) {
    const id = `m${at}`;
    const values = keys.map((_, i) => ({ index: i + 1, version: first + i, ageMs: 0, value: i }));
    const entries = [...cards, ...values];
    const chunk = { ref: memberKey(id, 1), from: 0, to: entries.length, entries };
    const message = push(engine, { updates: [aliveUpdate(id)], chunks: [chunk] });
    engine.handle({ type: 'request', token: 1, message }, 10);
  }
}

const readingsOf = (effects: readonly Effect[]): readonly LearnedReading[] =>
  effects.flatMap((effect) => (effect.type === 'learned' ? effect.readings : []));

/** Explains at 20 ms, and wakes the engine whenever it wants to be until it is 30 s. */
function explained(definition: MetricDefinition) {
  const engine = startEngine('n1');
  fill(engine);
  const told: { atMs: number; readings: readonly LearnedReading[] }[] = [];
  const message = push(engine, { definitions: [definition] });
  const first = engine.handle({ type: 'request', token: 2, message }, 20);
  told.push({ atMs: 20, readings: readingsOf(first) });
  for (let at = 20; at < 30_000; at = Math.max(at + 1, engine.nextWakeAt())) {
    told.push({ atMs: at, readings: readingsOf(engine.handle({ type: 'wake' }, at)) });
    if (at !== 20) continue;
    // What is explained while others wait has its turn after them.
    const next = push(engine, { definitions: [LATER] });
    const effects = engine.handle({ type: 'request', token: 3, message: next }, at);
    told.push({ atMs: at, readings: readingsOf(effects) });
  }
  return told.filter(({ readings }) => readings.length > 0);
}

describe('one message that explains forty thousand values', () => {
  const told = explained(LATE);
  const all = told.flatMap(({ readings }) => readings);

  it('has them told some at a time', () => {
    for (const { readings } of told) expect(readings.length).toBeLessThan(5_000);
    expect(told.length).toBeGreaterThan(8);
  });

  it('has them told no faster than a store writes', () => {
    const [first] = told;
    for (const { atMs } of told.slice(1)) {
      const sofar = told.filter((each) => each.atMs < atMs);
      const rows = sofar.reduce((sum, { readings }) => sum + readings.length, 0);
      expect(rows / (atMs - (first?.atMs ?? 0))).toBeLessThanOrEqual(11);
    }
  });

  it('has each of them told, and once', () => {
    expect(all).toHaveLength(MEMBERS * SLOTS);
    const names = new Set(all.map(({ id, version }) => `${id} ${version}`));
    expect(names.size).toBe(MEMBERS * SLOTS);
  });
});

describe('places for values', () => {
  const places = (settings: Partial<ProtocolSettings>) => {
    const engine = startEngine('n1', { settings });
    const message = push(engine, { updates: [aliveUpdate('m')] });
    engine.handle({ type: 'request', token: 1, message }, 10);
    const member = memberOf(engine, 'm');
    makePlaces(engine.state, member, [{ index: 3 }, { index: 255 }, { index: 7 }]);
    expect(engine.state.viewBytes).toBe(recount(engine.state).viewBytes);
    return entryCount(member.source);
  };

  it('come at once for all that a run brings', () => {
    expect(places({})).toBe(256);
  });

  it('come for no more than a member may tell, and not beyond the room there is', () => {
    expect(places({ maxMetrics: 5 })).toBe(4);
    expect(places({ maxViewBytes: 6_000 })).toBe(0);
  });
});
