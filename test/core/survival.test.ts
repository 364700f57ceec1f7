// Whatever valid messages arrive, in whatever order: the engine never throws, never asks to be
// woken in a time that is none, and everything it sends can be read by others.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Input } from '../../node/core/effects.ts';
import type { Engine } from '../../node/core/engine.ts';
import { dataHashOf, statusHashOf } from '../../node/core/membership/member.ts';
import { decodeMessage } from '../../node/core/wire/decode.ts';
import { encodeMessage } from '../../node/core/wire/encode.ts';
import type { Message, Request, Response } from '../../node/core/wire/messages.ts';
import { scaled } from '../support/scale.ts';
import { definition, MESSAGES } from './arbitraries.ts';
import { samples, startEngine } from './support.ts';

/** Messages that do not try to exhaust the numbers themselves. */
const tame = (message: Message): Message => {
  if (!('updates' in message)) return message;
  const updates = message.updates.map((said) => ({
    ...said,
    // Few names, so that updates, chunks and answers meet.
    id: `n${said.id.length % 5}`,
    generation: 1 + (said.generation % 3),
    incarnation: said.incarnation % 5,
    address: `http://n${said.address.length % 5}`,
  }));
  return { ...message, updates };
};

const request = fc
  .oneof(MESSAGES.exchange, MESSAGES.push, MESSAGES.ping, MESSAGES.ping_request)
  .map(tame);
const response = fc.oneof(MESSAGES.answer, MESSAGES.ack).map(tame);

type Step = (engine: Engine, at: number) => Input;

/** Turns random references into ones that this engine understands. */
function aim<T extends Message>(message: T, engine: Engine): T {
  const { members } = engine.state;
  const keys = [...members.byKey.keys()];
  const keyOf = (any: number): number => keys[any % keys.length] ?? 0;
  const aimed: Record<string, unknown> = { ...message, cluster: engine.cluster };
  if (message.from % 2 === 0) aimed.from = keyOf(message.from);
  if ('chunks' in message) {
    const refOf = message.byKey ? keyOf : (any: number) => any % keys.length;
    aimed.chunks = message.chunks.map((chunk) => ({ ...chunk, ref: refOf(chunk.ref) }));
    if (!message.byKey) aimed.rosterHash = members.roster().hash;
  }
  if ('digest' in message && message.digest?.kind === 'keys') {
    const rows = message.digest.rows.map((value, i) => (i % 2 === 0 ? keyOf(value) : value));
    aimed.digest = { ...message.digest, rows };
  }
  return aimed as typeof message;
}

const step: fc.Arbitrary<Step> = fc.oneof(
  request.map((message) => (engine: Engine, at: number) => ({
    type: 'request' as const,
    token: at,
    message: aim(message, engine) as Request,
  })),
  fc.tuple(response, fc.nat(5)).map(([message, nth]) => (engine: Engine) => {
    const keys = [...engine.state.pending.keys()];
    const exchange = keys[nth % Math.max(1, keys.length)] ?? 0;
    const answer = aim(message, engine) as Response;
    return { type: 'response' as const, exchange, message: answer };
  }),
  fc.constantFrom('timeout', 'refused', 'reset').map((failure) => (engine: Engine) => {
    const exchange = [...engine.state.pending.keys()][0] ?? 0;
    return { type: 'failure' as const, exchange, failure };
  }),
  fc.constant(() => ({ type: 'wake' as const })),
  fc.double().map((value) => () => samples(['storage', value])),
  definition.map((words) => () => ({ type: 'define' as const, definition: words })),
  fc.nat(3_000).map((lateMs) => () => ({ type: 'late' as const, lateMs })),
);

function expectSound({ state }: Engine): void {
  const all = [...state.members.byId.values()];
  const xor = (hashes: number[]): number => hashes.reduce((sum, hash) => sum ^ hash, 0) >>> 0;
  expect(state.members.dataHash).toBe(xor(all.map(dataHashOf)));
  expect(state.members.statusHash).toBe(xor(all.map(statusHashOf)));
  expect(state.members.byKey.size).toBe(all.length);
  expect(state.members.byId.get(state.self.id)).toBe(state.self);
  for (const suspect of state.suspects) expect(suspect.status).toBe('suspect');
}

describe('an engine', () => {
  it('survives any valid messages in any order', () => {
    let sent = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 3, maxLength: 25 }), fc.nat(), (steps, seed) => {
        const engine = startEngine('n1', { seed, seeds: ['http://n2'] });
        let at = 0;
        for (const make of steps) {
          at += 400;
          for (const effect of engine.handle(make(engine, at), at)) {
            if (!('message' in effect)) continue;
            const bytes = encodeMessage(effect.message);
            expect(encodeMessage(decodeMessage(bytes))).toEqual(bytes);
            sent++;
          }
          expectSound(engine);
          expect(engine.nextWakeAt()).not.toBeNaN();
        }
      }),
      { numRuns: scaled(600, 10_000) },
    );
    expect(sent).toBeGreaterThan(1_000);
  });

  it('gives the same effects for the same seed and inputs', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 15 }), fc.nat(), (steps, seed) => {
        const run = () => {
          const engine = startEngine('n1', { seed, seeds: ['http://n2'] });
          return steps.flatMap((make, i) => engine.handle(make(engine, i * 400), i * 400));
        };
        expect(run()).toEqual(run());
      }),
      { numRuns: scaled(100, 5_000) },
    );
  });
});
