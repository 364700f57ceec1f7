// Arbitrary valid messages, as they look after a trip over the wire: ages in whole tenths of a
// second, runs over all lanes before runs over one.

import fc from 'fast-check';
import type { Card } from '../../node/core/data/slots.ts';
import type { LabelsValue } from '../../node/core/data/source.ts';
import type { MemberUpdate } from '../../node/core/membership/member.ts';
import { type MetricDefinition, STATUSES } from '../../node/core/model.ts';
import type {
  Answer,
  Cargo,
  Chunk,
  Digest,
  ExchangeRequest,
  Message,
  Push,
  Wants,
  WireEntry,
} from '../../node/core/wire/messages.ts';
import { LIMITS } from '../../node/core/wire/messages.ts';
import { isPlain } from '../../node/core/wire/printable.ts';

export const u32 = fc.integer({ min: 0, max: 0xffffffff });
const version = fc.oneof(fc.nat(200), fc.integer({ min: 0, max: LIMITS.version }));
const ageMs = fc.oneof(fc.nat(200), u32).map((steps) => steps * 100);
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);

/** Whole, plain characters only, for a lone surrogate does not survive; in UTF-16 units. */
export const text = (maxLength: number): fc.Arbitrary<string> =>
  fc
    .string({ unit: 'binary', maxLength: Math.min(24, maxLength / 2) })
    .map((value) => [...value].filter((c) => c !== '\ufeff' && isPlain(c)).join(''));

const labelName = fc.oneof({ arbitrary: text(64), weight: 9 }, fc.constant('__proto__'));

export const labels: fc.Arbitrary<LabelsValue['labels']> = fc
  .uniqueArray(fc.tuple(labelName, text(64)), { maxLength: 4, selector: ([name]) => name })
  .map((pairs) => Object.assign(Object.create(null), Object.fromEntries(pairs)));

const priority = fc.integer({ min: 1, max: 255 });
export const opening = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom(1, 2),
  fc.integer({ min: 1, max: LIMITS.openings }),
);

const origin = fc.record({ author: text(64), generation: fc.nat(9), version: fc.nat(99) });

export const card: fc.Arbitrary<Card> = fc.oneof(
  fc.record({ definitionKey: u32, priority, labelValues: fc.array(text(64), { maxLength: 3 }) }),
  fc.record({
    key: text(64),
    priority,
    ttlMs: fc.oneof(fc.constant(undefined), ageMs),
    isKept: fc.boolean(),
    origin: fc.option(origin, { nil: undefined }),
  }),
);

const entry = (to: number): fc.Arbitrary<WireEntry> => {
  const head = {
    // Mostly below the mark that the run proves, now and then ahead of it.
    version: fc.oneof(
      fc.integer({ min: 1, max: Math.max(1, to) }),
      fc.integer({ min: Math.max(1, to), max: Math.min(LIMITS.version, to + 300) }),
    ),
    ageMs,
  };
  return fc.oneof(
    fc.record({ ...head, index: fc.constant(0), value: fc.record({ labels }) }),
    fc.record({
      ...{ ...head, opening, index: fc.integer({ min: -LIMITS.slots, max: -1 }) },
      value: fc.oneof(card, fc.constant(null)),
    }),
    fc.record({
      ...{ ...head, opening, index: fc.integer({ min: 1, max: LIMITS.slots }) },
      value: fc.oneof(fc.integer({ min: -2_000, max: 2_000 }), fc.maxSafeInteger(), text(200)),
      isStale: fc.constantFrom(undefined, true as const),
    }),
  );
};

const chunk = (lane: fc.Arbitrary<number | undefined>): fc.Arbitrary<Chunk> =>
  version.chain((to) =>
    fc.record({
      ref: u32,
      lane,
      from: fc.integer({ min: 0, max: to }),
      to: fc.constant(to),
      entries: fc.array(entry(to), { maxLength: 5 }),
    }),
  );

export const update: fc.Arbitrary<MemberUpdate> = fc.record({
  id: text(64).map((id) => (id === '' ? 'n1' : id)),
  generation: fc.integer({ min: 0, max: LIMITS.generation }),
  incarnation: fc.oneof(fc.nat(3), u32),
  status: fc.constantFrom(...STATUSES),
  address: fc.constantFrom(
    '',
    'http://n1',
    'https://[fd00::1]:4001/base/n1',
    'http://10.0.0.1:4001',
  ),
  ageMs,
  confirmers: fc.array(u32, { maxLength: 16 }),
  leave: fc.option(
    fc.record({ reason: text(200), returnsAtWall: fc.maxSafeNat() }, { requiredKeys: ['reason'] }),
    { nil: undefined },
  ),
});

const family: fc.Arbitrary<MetricDefinition> = fc.record({
  name: text(64),
  unit: text(16),
  kind: fc.constantFrom('gauge', 'counter'),
  description: text(200),
  priority: fc.integer({ min: 1, max: 255 }),
  delta: fc.oneof(
    fc.record({ kind: fc.constant('absolute' as const), change: finite }),
    fc.record({ kind: fc.constant('relative' as const), ratio: finite, floor: finite }),
  ),
  resolution: fc.double({ min: Number.MIN_VALUE, max: 1e9, noNaN: true }),
});

export const definition: fc.Arbitrary<MetricDefinition> = fc
  .tuple(family, fc.array(text(32), { maxLength: 3 }))
  .map(([told, labelNames]) => (labelNames.length === 0 ? told : { ...told, labelNames }));

const chunks = fc
  .tuple(
    fc.array(chunk(fc.constant(undefined)), { maxLength: 4 }),
    fc.array(chunk(fc.integer({ min: 1, max: 255 })), { maxLength: 4 }),
  )
  .map((lists) => lists.flat());

const cargo = (byKey: fc.Arbitrary<boolean>): fc.Arbitrary<Cargo> =>
  fc.record({
    byKey,
    chunks,
    updates: fc.array(update, { maxLength: 4 }),
    definitions: fc.array(definition, { maxLength: 3 }),
  });

export const digest: fc.Arbitrary<Digest> = fc.oneof(
  fc.record({
    kind: fc.constant('roster' as const),
    offset: fc.oneof(fc.constant(0), u32),
    nibbles: fc.uint8Array({ maxLength: 40 }),
    blanks: fc.array(u32, { maxLength: 20 }),
    lanes: fc.array(version, { maxLength: 9 }),
  }),
  fc.record({
    kind: fc.constant('keys' as const),
    low: u32,
    high: u32,
    rows: fc.array(fc.tuple(u32, u32), { maxLength: 40 }).map((rows) => rows.flat()),
    lanes: fc.array(version, { maxLength: 9 }),
  }),
);

const wants: fc.Arbitrary<Wants> = fc.record({
  members: fc.array(fc.tuple(u32, version), { maxLength: 8 }).map((pairs) => pairs.flat()),
  definitions: fc.array(u32, { maxLength: 8 }),
});

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

export const exchangeRequest: fc.Arbitrary<ExchangeRequest> = fc
  .tuple(
    cargo(fc.boolean()),
    fc.record({
      kind: fc.constant('exchange' as const),
      cluster: u32,
      from: u32,
      rosterHash: fc.integer({ min: 1, max: 0xffffffff }),
      dataHash: u32,
      statusHash: fc.integer({ min: 0, max: 0xffff }),
      digest: maybe(digest),
      wants: maybe(wants),
      wallMs: maybe(fc.maxSafeNat()),
    }),
  )
  // References by key are told by a roster of 0.
  .map(([load, head]) => ({ ...load, ...head, rosterHash: load.byKey ? 0 : head.rosterHash }));

export const answer: fc.Arbitrary<Answer> = fc
  .tuple(
    cargo(fc.boolean()),
    fc.record({
      kind: fc.constant('answer' as const),
      from: u32,
      unreadable: fc.boolean(),
      exact: fc.boolean(),
      busy: fc.boolean(),
      same: fc.boolean(),
      more: fc.boolean(),
      digest: maybe(digest),
      wants: maybe(wants),
      wallMs: maybe(fc.maxSafeNat()),
    }),
  )
  .map(([load, head]) => ({ ...load, ...head }));

export const push: fc.Arbitrary<Push> = fc
  .tuple(
    cargo(fc.constant(true)),
    fc.record({
      kind: fc.constant('push' as const),
      cluster: u32,
      from: u32,
      keyRange: maybe(fc.record({ low: u32, high: u32 })),
    }),
  )
  .map(([load, head]) => ({ ...load, ...head }));

const probe = { cluster: u32, from: u32, target: u32 };

/** Messages of every kind, by name. */
export const MESSAGES: Readonly<Record<Message['kind'], fc.Arbitrary<Message>>> = {
  exchange: exchangeRequest,
  answer,
  push,
  ping: fc.record({ kind: fc.constant('ping' as const), ...probe }),
  ping_request: fc.record({
    kind: fc.constant('ping_request' as const),
    ...probe,
  }),
  ack: fc.record({ kind: fc.constant('ack' as const), from: u32, alive: fc.boolean() }),
};

export const message: fc.Arbitrary<Message> = fc.oneof(...Object.values(MESSAGES));
