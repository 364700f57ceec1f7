// Invariant d: encoded bytes ≤ budget, for every budget from 64 bytes up, whatever a node holds,
// is asked, or has to tell.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Effect } from '../../../node/core/effects.ts';
import type { Engine } from '../../../node/core/engine.ts';
import { memberKey } from '../../../node/core/hash.ts';
import { applyUpdate } from '../../../node/core/membership/updates.ts';
import { encodeMessage } from '../../../node/core/wire/encode.ts';
import type { Chunk, Message, Request, WireEntry } from '../../../node/core/wire/messages.ts';
import {
  answer,
  card,
  definition,
  exchangeRequest,
  labels,
  opening,
  text,
  update,
} from '../arbitraries.ts';
import { createNetwork } from '../network.ts';
import { FIXED, metric, REQUEST, startEngine, URGENT } from '../support.ts';

const budget = fc.oneof(
  { arbitrary: fc.integer({ min: 64, max: 200 }), weight: 3 },
  fc.integer({ min: 64, max: 65_536 }),
);

/** What a node came to hold: members with long ids, cards, values, statuses; words for them. */
const plan = fc.record({
  budgetBytes: budget,
  targetCount: fc.integer({ min: 1, max: 4 }),
  reserveShare: fc.double({ min: 0, max: 1, noNaN: true }),
  id: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((id) => id.length <= 64),
  members: fc.array(
    fc.record({
      said: update.map((s) => ({ ...s, generation: s.generation % 2 ** 40, incarnation: 1 })),
      labels,
      slots: fc.array(
        fc.record({
          opening,
          held: fc.option(card),
          value: fc.oneof(fc.maxSafeInteger(), text(200)),
        }),
        { maxLength: 12 },
      ),
      /** How much of it is proven; the rest runs ahead. */
      proven: fc.double({ min: 0, max: 1, noNaN: true }),
      lane: fc.option(fc.integer({ min: 1, max: 255 }), { nil: undefined }),
    }),
    { maxLength: 25 },
  ),
  definitions: fc.array(definition, { maxLength: 12 }),
  own: fc.array(definition, { maxLength: 8 }),
  wallMs: fc.option(fc.nat(2 ** 41), { nil: undefined }),
});

const CARD = { definitionKey: 1, priority: 200, labelValues: [] };

type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never;

function chunkOf(key: number, member: Plan['members'][number]): Chunk {
  const { labels, slots } = member;
  const at = (i: number) => ({ version: i * 3 + 1, ageMs: i * 5_000 });
  const entries: WireEntry[] = [
    { index: 0, ...at(0), value: { labels } },
    ...slots.flatMap(({ opening, held, value }, i) => [
      { index: -(i + 1), opening, ...at(2 * i + 1), value: held },
      { index: i + 1, opening, ...at(2 * i + 2), value },
    ]),
  ];
  const to = Math.floor(member.proven * (entries.length * 3));
  return { ref: key, lane: member.lane, from: 0, to, entries };
}

function populate({ members, definitions, own, wallMs, id, ...settings }: Plan): Engine {
  const words = own.map((words, i) => ({ ...words, name: `m${i}` }));
  const engine = startEngine(id, {
    definitions: [URGENT, ...words],
    settings: { ...settings, urgentPerSecond: 1_000, urgentBurst: 1_000 },
    seeds: ['http://seed'],
  });
  if (wallMs !== undefined) engine.handle({ type: 'clock', wallMs }, 0);
  const readings = words.map(({ name }, i) => ({ metric: name, value: i }));
  engine.handle({ type: 'samples', readings }, 0);
  const chunks: Chunk[] = [];
  for (const member of members) {
    applyUpdate(engine.state, member.said, 0);
    chunks.push(chunkOf(memberKey(member.said.id, member.said.generation), member));
  }
  const message = { ...REQUEST, cluster: engine.cluster, byKey: true, chunks, definitions };
  engine.handle({ type: 'request', token: 0, message }, 0);
  return engine;
}

const messagesOf = (effects: readonly Effect[]): Message[] =>
  effects.flatMap((effect) => ('message' in effect ? [effect.message] : []));

function expectWithin(engine: Engine, effects: readonly Effect[]): number {
  const { budgetBytes } = engine.state.settings;
  let bytes = 0;
  for (const message of messagesOf(effects)) {
    // A plea to probe names an address as it is; it has nothing to leave out.
    if (message.kind === 'ping_request') continue;
    const { length } = encodeMessage(message);
    expect(length, message.kind).toBeLessThanOrEqual(budgetBytes);
    bytes += length;
  }
  return bytes;
}

/** Addresses the request to this engine, in its own roster or in the asker's. */
function ask(engine: Engine, request: Request, token: number, now: number): Effect[] {
  const { cluster, state } = engine;
  const rosterHash = state.members.roster().hash;
  const known = 'rosterHash' in request && !request.byKey ? { rosterHash } : {};
  const message = { ...request, ...known, cluster };
  return engine.handle({ type: 'request', token, message }, now);
}

describe('encoded bytes never exceed the budget, from 64 bytes up', () => {
  it('of requests that a round starts, whatever the state', () => {
    fc.assert(
      fc.property(plan, fc.nat(3), (given, exactDigests) => {
        const engine = populate(given);
        engine.state.exactDigests = exactDigests;
        let bytes = 0;
        for (let round = 1; round <= 20; round++) {
          bytes += expectWithin(engine, engine.handle({ type: 'wake' }, round * 2_000));
        }
        expect(bytes).toBeGreaterThan(0);
      }),
      { numRuns: 150 },
    );
  });

  it('of answers to any request', () => {
    fc.assert(
      fc.property(plan, fc.array(exchangeRequest, { maxLength: 6 }), (given, requests) => {
        const engine = populate(given);
        for (const [token, request] of requests.entries()) {
          expectWithin(engine, ask(engine, request, token, token * 10));
        }
      }),
      { numRuns: 150 },
    );
  });

  it('of answers that bring a joiner everything, until it has it', () => {
    fc.assert(
      fc.property(plan, fc.integer({ min: 0, max: 40 }), (given, rows) => {
        const engine = populate(given);
        const keys = [...engine.state.members.byKey.keys()].slice(0, rows);
        const digest = {
          kind: 'keys' as const,
          low: 0,
          high: 0xffffffff,
          rows: keys.flatMap((key) => [key, 0]),
          lanes: [],
        };
        const wants = { members: [], definitions: [...engine.state.definitions.keys()] };
        const request = { ...REQUEST, byKey: true, digest, wants, wallMs: 1_700_000_000_000 };
        expectWithin(engine, ask(engine, request, 1, 10));
      }),
      { numRuns: 150 },
    );
  });

  it('of requests that follow any answer', () => {
    fc.assert(
      fc.property(plan, fc.array(answer, { maxLength: 6 }), (given, answers) => {
        const engine = populate(given);
        engine.handle({ type: 'wake' }, 2_000);
        for (const message of answers) {
          const exchange = [...engine.state.pending.keys()].at(-1) ?? 0;
          expectWithin(engine, engine.handle({ type: 'response', exchange, message }, 2_010));
        }
      }),
      { numRuns: 150 },
    );
  });

  it('of pushes, own and passed on', () => {
    let pushes = 0;
    fc.assert(
      fc.property(plan, fc.array(update, { maxLength: 5 }), (given, updates) => {
        const engine = populate(given);
        const send = (input: Parameters<Engine['handle']>[0], now: number): void => {
          const effects = engine.handle(input, now);
          pushes += messagesOf(effects).filter(({ kind }) => kind === 'push').length;
          expectWithin(engine, effects);
        };
        const { cluster } = engine;
        send({ type: 'samples', readings: [{ metric: 'storage', value: 10 }] }, 1);
        send({ type: 'samples', readings: [{ metric: 'storage', value: 90 }] }, 2);
        const chunks = given.members.map((member) => {
          const key = memberKey(member.said.id, member.said.generation);
          const more = [1, 2, 3].map((value) => ({ opening: undefined, held: CARD, value }));
          return chunkOf(key, { ...member, slots: [...member.slots, ...more] });
        });
        const keyRange = { low: 0, high: 0x80000000 };
        const passed = { kind: 'push', cluster, from: 1, keyRange, byKey: true } as const;
        const message = { ...passed, chunks, updates, definitions: given.definitions };
        send({ type: 'request', token: 1, message }, 3);
        send({ type: 'leave', notice: { reason: 'x'.repeat(200) } }, 4);
      }),
      { numRuns: 150 },
    );
    expect(pushes).toBeGreaterThan(500);
  });
});

describe('a small budget', () => {
  it('still brings everything, in more messages', () => {
    const words = Array.from({ length: 30 }, (_, i) => metric(`m${i}`, { priority: 1 + i }));
    const network = createNetwork();
    const settings = { budgetBytes: 300 };
    const seeds = ['http://n1'];
    const owner = network.add(startEngine('n1', { definitions: words, settings }));
    const joiner = network.add(startEngine('n2', { definitions: words, settings, seeds }));
    const readings = words.map((word, i) => ({ metric: word.name, value: i * 1_000 }));
    network.feed(owner, { type: 'samples', readings });
    network.settle();
    expect(joiner.view.member('n1')?.metrics).toHaveLength(30);
    const largest = Math.max(...network.log.map(({ bytes }) => bytes));
    expect(largest).toBeLessThanOrEqual(300);
    expect(network.log.some(({ message }) => message.kind === 'answer' && message.more)).toBe(true);
  });
});

describe('a budget that is too small for the labels', () => {
  it('costs two repairs a round at most: what did not fit into one answer fits into none', () => {
    const labels = Object.fromEntries(
      Array.from({ length: 8 }, (_, i) => [`label${i}`, 'x'.repeat(100)]),
    );
    const network = createNetwork();
    const settings = { ...FIXED, budgetBytes: 300 };
    for (const id of ['one', 'two', 'three']) {
      network.add(startEngine(id, { settings, labels, seeds: ['http://one'] }));
    }
    for (let round = 0; round < 5; round++) network.round();
    network.log.length = 0;
    const ROUNDS = 10;
    for (let round = 0; round < ROUNDS; round++) network.round();
    const requests = network.log.filter(({ message }) => message.kind === 'exchange');
    // One of each of three nodes a round, and the two repairs of views that differ; not 24 more.
    expect(requests.length).toBeLessThanOrEqual((1 + 2) * 3 * ROUNDS);
  });
});
