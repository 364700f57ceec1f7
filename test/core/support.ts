// Engines to talk to, and the small things that tests say to them.

import { fromWire } from '../../node/core/data/merge.ts';
import { type Entry, entryCount, type Source, versionAt } from '../../node/core/data/source.ts';
import type { Effect, Input } from '../../node/core/effects.ts';
import { createEngine, type Engine, type EngineOptions } from '../../node/core/engine.ts';
import { type Member, type MemberUpdate, updateOf } from '../../node/core/membership/member.ts';
import { changeMarks } from '../../node/core/membership/roster.ts';
import { applyUpdate } from '../../node/core/membership/updates.ts';
import type { Labels, MetricDefinition } from '../../node/core/model.ts';
import { createRandom } from '../../node/core/random.ts';
import { DEFAULT_SETTINGS, type ProtocolSettings } from '../../node/core/settings.ts';
import { type ExchangeRequest, type WireEntry, WireError } from '../../node/core/wire/messages.ts';

/** Fixed rounds, so that a test may count them. */
export const FIXED: ProtocolSettings = { ...DEFAULT_SETTINGS, maxRoundMs: 1_000 };

export function metric(name: string, changes: Partial<MetricDefinition> = {}): MetricDefinition {
  return {
    name,
    unit: '%',
    kind: 'gauge',
    description: `The metric ${name}`,
    priority: 5,
    delta: { kind: 'absolute', change: 5 },
    resolution: 0.1,
    ...changes,
  };
}

/** Moves of this one do not wait for the round. */
export const URGENT = metric('storage', { priority: 10, delta: { kind: 'absolute', change: 10 } });
export const CALM = metric('cpu', { priority: 1 });

export interface EngineChoices extends Partial<Omit<EngineOptions, 'settings' | 'random'>> {
  readonly settings?: Partial<ProtocolSettings>;
  readonly seed?: number;
}

export function startEngine(id: string, choices: EngineChoices = {}, now = 0): Engine {
  const { settings, seed, ...rest } = choices;
  return createEngine(
    {
      id,
      generation: 1,
      address: `http://${id}`,
      definitions: [URGENT, CALM],
      seeds: [],
      settings: { ...FIXED, ...settings },
      random: createRandom(seed ?? 1),
      ...rest,
    },
    now,
  );
}

export const aliveUpdate = (id: string, changes: Partial<MemberUpdate> = {}): MemberUpdate => ({
  id,
  generation: 1,
  incarnation: 0,
  status: 'alive',
  address: `http://${id}`,
  ageMs: 0,
  confirmers: [],
  ...changes,
});

/** Tells an engine about another as an introduction would, without any message. */
export function introduce(engine: Engine, other: Engine, now = 0): void {
  applyUpdate(engine.state, updateOf(other.state.self, now), now);
}

/** An exchange that says nothing yet. */
export const REQUEST: ExchangeRequest = {
  kind: 'exchange',
  cluster: 7,
  from: 1,
  rosterHash: 2,
  dataHash: 3,
  statusHash: 4,
  byKey: false,
  chunks: [],
  updates: [],
  definitions: [],
};

/** What a call is refused with; anything else it does fails the test. */
export function refusalOf(run: () => unknown): WireError {
  try {
    run();
  } catch (error) {
    if (error instanceof WireError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

export type Send = Extract<Effect, { type: 'send' }>;

export const sendsOf = (effects: readonly Effect[]): Send[] =>
  effects.filter((effect) => effect.type === 'send');

/** The member of this id as the engine holds it. */
export function memberOf(engine: Engine, id: string): Member {
  const member = engine.state.members.byId.get(id);
  if (member === undefined) throw new Error(`${engine.view.selfId} does not know ${id}`);
  return member;
}

/** Lets an engine hold a member's versions up to `watermark`, as if runs had brought them. */
export function hold(
  engine: Engine,
  id: string,
  watermark: number,
  laneWatermarks?: Map<number, number>,
): void {
  const member = memberOf(engine, id);
  changeMarks(engine.state.members, member, () => {
    member.source.watermark = watermark;
    member.source.laneWatermarks = laneWatermarks;
  });
}

export const samples = (...readings: [metric: string, value: number][]): Input => ({
  type: 'samples',
  readings: readings.map(([name, value]) => ({ metric: name, value })),
});

/** Indices of all entries that may be held: cards, labels, values. */
export const indicesOf = (source: Source): number[] => {
  const cards = Math.max(0, (source.record?.slots.length ?? 0) - 1);
  return Array.from({ length: cards + Math.max(1, entryCount(source)) }, (_, i) => i - cards);
};

/** All versions held, of values, by slot; the labels' first. */
export const versionsOf = (source: Source): number[] =>
  Array.from({ length: entryCount(source) }, (_, index) => versionAt(source, index));

/** The newest of each slot, value or card: what a card voids is behind it. */
export const slotVersionsOf = (source: Source): number[] =>
  Array.from(
    { length: Math.max(entryCount(source), source.record?.slots.length ?? 0) },
    (_, slot) => Math.max(versionAt(source, slot), versionAt(source, -slot)),
  );

/** The labels and the cards of a run that begins, versions 1 to 1 + as many as there are cards. */
export const opened = (
  cards: readonly { definitionKey: number; priority: number }[],
  labels: Labels = {},
): WireEntry[] => [
  { index: 0, version: 1, ageMs: 0, value: { labels } },
  ...cards.map((card, i) => ({
    ...{ index: -(i + 1), version: i + 2, ageMs: 0 },
    value: { ...card, labelValues: [] },
  })),
];

/** The same as entries of a view. */
export const openedAt = (
  now: number,
  cards: readonly { definitionKey: number; priority: number }[],
): Entry[] => opened(cards).map((entry) => fromWire(entry, now));

/** Values of a member by the name of their metric, as readers see them. */
export const metricsAt = (engine: Engine, id: string) =>
  Object.fromEntries(
    (engine.view.member(id)?.metrics ?? []).map(({ definition, value }) => [
      definition.name,
      value,
    ]),
  );
