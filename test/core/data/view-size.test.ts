// A view is bounded in bytes, whatever peers send: what does not fit is refused, counted and not
// marked as held, and the peer that told most is named.

import { describe, expect, it, vi } from 'vitest';
import { definitionKey } from '../../../node/core/data/definitions.ts';
import { recount } from '../../../node/core/data/keep.ts';
import { createSource, entryCount, versionAt } from '../../../node/core/data/source.ts';
import { growthOf } from '../../../node/core/data/view-size.ts';
import type { Effect } from '../../../node/core/effects.ts';
import type { Engine } from '../../../node/core/engine.ts';
import { memberKey } from '../../../node/core/hash.ts';
import type { Push } from '../../../node/core/wire/messages.ts';
import { createNetwork } from '../network.ts';
import { aliveUpdate, memberOf, metric, opened, samples, startEngine } from '../support.ts';

const MIB = 2 ** 20;
const SLOTS = Array.from({ length: 255 }, (_, i) => i + 1);

/** One member with so many metrics, as `peer` tells of it. */
function pushOf(engine: Engine, peer: string, id: string, count: number): Push {
  const definitions = Array.from({ length: count }, (_, i) => metric(`metric_${i}`));
  const cards = opened(
    definitions.map((each) => ({ definitionKey: definitionKey(each), priority: 5 })),
    { rack: id },
  );
  const values = definitions.map((_, i) => ({
    ...{ index: i + 1, version: cards.length + i + 1, ageMs: 0, value: i },
  }));
  const entries = [...cards, ...values];
  return {
    ...{ kind: 'push', cluster: engine.cluster, from: memberKey(peer, 1), keyRange: undefined },
    ...{ byKey: true, definitions, updates: [aliveUpdate(id)] },
    chunks: [{ ref: memberKey(id, 1), from: 0, to: entries.length, entries }],
  };
}

function tell(engine: Engine, peer: string, id: string, count: number): Effect[] {
  const message = pushOf(engine, peer, id, count);
  return engine.handle({ type: 'request', token: 1, message }, 10);
}

/** n1 with 2 MiB for its view, which `flood` tells of a thousand members with 255 metrics each. */
function flooded() {
  const engine = startEngine('n1', { settings: { maxViewBytes: 2 * MIB } });
  const effects = [
    ...tell(engine, 'honest', 'honest', 2),
    ...tell(engine, 'honest', 'friend', 2),
    ...tell(engine, 'flood', 'flood', 2),
  ];
  for (let i = 0; i < 1_000; i++) effects.push(...tell(engine, 'flood', `x${i}`, 255));
  return { engine, effects };
}

describe('a view that one peer floods', () => {
  it('stays within max_view, and has counted right', () => {
    const { engine } = flooded();
    const { viewBytes, settings, members } = engine.state;
    expect(viewBytes).toBeLessThanOrEqual(settings.maxViewBytes);
    expect(viewBytes).toBeGreaterThan(1.9 * MIB);
    expect(viewBytes).toBe(recount(engine.state).viewBytes);
    expect(members.byId.size).toBeLessThan(200);
  });

  it('counts what it refuses, and names the peer that told most', () => {
    const { engine, effects } = flooded();
    const { membersRefused, entriesRefused } = engine.status().counters;
    expect(membersRefused).toBeGreaterThan(800);
    expect(membersRefused + entriesRefused).toBe(engine.status().counters.refusedForRoom);
    // Once a round at most, and no round has begun.
    const told = effects.filter(({ type }) => type === 'view_full');
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({
      fullness: { maxBytes: 2 * MIB, peer: { id: 'flood', address: 'http://flood' } },
    });
  });

  it('marks nothing as held that it refused', () => {
    const { engine } = flooded();
    for (const { id, source } of engine.state.members.byId.values()) {
      if (!id.startsWith('x')) continue;
      // Labels, cards and values as `pushOf` numbers them.
      const told = [0, ...SLOTS.map((slot) => -slot), ...SLOTS];
      for (const [i, index] of told.entries()) {
        const isHeld = versionAt(source, index) === i + 1;
        expect(isHeld || source.watermark < i + 1, `${id} ${index}`).toBe(true);
      }
    }
  });

  it('stays within it when all that it holds are restarted', () => {
    const { engine } = flooded();
    for (const id of [...engine.state.members.byId.keys()]) {
      if (id === 'n1') continue;
      const updates = [aliveUpdate(id, { generation: 2 })];
      const message = { ...pushOf(engine, 'honest', id, 0), updates, chunks: [] };
      engine.handle({ type: 'request', token: 1, message }, 20);
    }
    const { viewBytes, settings, previousRuns } = engine.state;
    expect(previousRuns.size).toBeGreaterThan(0);
    expect(viewBytes).toBeLessThanOrEqual(settings.maxViewBytes);
    expect(viewBytes).toBe(recount(engine.state).viewBytes);
  });

  it('stays within it when values come of openings whose cards never do', () => {
    const engine = startEngine('n1', { settings: { maxViewBytes: 2 * MIB } });
    for (let i = 0; i < 400; i++) {
      const entries = SLOTS.toReversed().map((index, at) => ({
        ...{ index, opening: 1, version: at + 1, ageMs: 0, value: 1 },
      }));
      const chunks = [{ ref: memberKey(`x${i}`, 1), from: 0, to: 0, entries }];
      const message = { ...pushOf(engine, 'flood', `x${i}`, 0), chunks };
      engine.handle({ type: 'request', token: 1, message }, 20);
      const { viewBytes, settings } = engine.state;
      expect(viewBytes).toBeLessThanOrEqual(settings.maxViewBytes);
    }
    expect(engine.state.viewBytes).toBe(recount(engine.state).viewBytes);
    expect(engine.status().counters.entriesRefused).toBeGreaterThan(0);
  });

  it('takes again what it refused when there is room', () => {
    const { engine } = flooded();
    const full = [...engine.state.members.byId.keys()].filter((id) => id.startsWith('x'));
    for (const id of full.slice(0, 20)) {
      const updates = [aliveUpdate(id, { status: 'dead', incarnation: 1 })];
      const message = { ...pushOf(engine, 'honest', id, 0), updates, chunks: [] };
      engine.handle({ type: 'request', token: 1, message }, 20);
    }
    tell(engine, 'honest', 'newcomer', 2);
    // The dead give way to the living.
    expect(engine.view.member('newcomer')?.metrics).toHaveLength(2);
  });
});

describe('a node with less room for metrics than others', () => {
  it('does not pass on marks of what it refused', () => {
    const network = createNetwork();
    const few = { maxMetrics: 2 };
    const owner = network.add(
      startEngine('a', { definitions: ['x', 'y', 'z'].map((name) => metric(name)) }),
    );
    const small = network.add(startEngine('b', { settings: few, seeds: ['http://a'] }));
    network.feed(owner, samples(['x', 1], ['y', 2], ['z', 3]));
    for (let round = 0; round < 8; round++) network.round();
    const held = memberOf(small, 'a').source;
    expect(entryCount(held)).toBe(3);
    expect(held.watermark).toBeLessThan(memberOf(owner, 'a').source.watermark);
    // Another that heard of the owner through that node alone lacks z, and knows that it does.
    network.failure = (address) => (address === 'http://a' ? 'unreachable' : undefined);
    network.engines.splice(0, 1);
    const later = network.add(startEngine('c', { seeds: ['http://b'] }));
    for (let round = 0; round < 8; round++) network.round();
    const heard = memberOf(later, 'a').source;
    expect(versionAt(heard, 2)).toBeGreaterThan(0);
    expect(heard.watermark).toBeLessThan(memberOf(owner, 'a').source.watermark);
  });

  it('does not ask for them again and again', () => {
    const network = createNetwork();
    const owner = network.add(
      startEngine('a', {
        settings: { budgetBytes: 300 },
        definitions: Array.from({ length: 100 }, (_, i) => metric(`m${i}`)),
      }),
    );
    const small = network.add(
      startEngine('b', { settings: { maxMetrics: 2 }, seeds: ['http://a'] }),
    );
    network.feed(
      owner,
      samples(...Array.from({ length: 100 }, (_, i): [string, number] => [`m${i}`, i])),
    );
    for (let round = 0; round < 12; round++) network.round();
    const { exchangesStarted: before } = small.status().counters;
    for (let round = 0; round < 10; round++) network.round();
    expect(small.status().counters.exchangesStarted - before).toBeLessThanOrEqual(12);
  });
});

describe('a view that is full of the living', () => {
  /** n1 with room for 50, told of 49. */
  const full = () => {
    const engine = startEngine('n1', { settings: { maxMembers: 50 } });
    for (let i = 0; i < 49; i++) tell(engine, 'peer', `x${i}`, 1);
    return engine;
  };
  const say = (engine: Engine, updates: Push['updates']) =>
    engine.handle(
      { type: 'request', token: 1, message: { ...pushOf(engine, 't', 'x0', 0), updates } },
      20,
    );

  it('does not search its members for each newcomer that it has no room for', () => {
    const engine = full();
    const looks = vi.spyOn(engine.state.members.byId, 'values');
    say(
      engine,
      Array.from({ length: 100 }, (_, i) => aliveUpdate(`new${i}`)),
    );
    expect(engine.status().counters.membersRefused).toBe(100);
    expect(looks.mock.calls.length).toBeLessThan(10);
  });

  it('lets the member that was reported gone first make room first', () => {
    const engine = full();
    for (const id of ['x30', 'x7']) say(engine, [aliveUpdate(id, { status: 'dead' })]);
    say(engine, [aliveUpdate('new')]);
    const { byId, gone } = engine.state.members;
    expect([byId.has('new'), byId.has('x30'), byId.has('x7')]).toEqual([true, false, true]);
    expect([...gone]).toEqual(['x7']);
    say(engine, [aliveUpdate('x7', { incarnation: 1 })]);
    expect([...gone]).toEqual([]);
  });
});

it('counts the names of metrics with labels, which hold the labels once more', () => {
  const cardOf = (...labelValues: string[]) => ({
    ...{ index: -1, version: 1, ageMs: 0 },
    value: { definitionKey: 1, priority: 5, labelValues },
  });
  const plain = growthOf(createSource(), cardOf());
  const grown = (value: string): number => growthOf(createSource(), cardOf(value)) - plain;
  expect(grown('b'.repeat(128))).toBeGreaterThan(2 * 128);
  // Quotes are escaped there.
  expect(grown('"'.repeat(128))).toBeGreaterThan(3 * 128);
});
