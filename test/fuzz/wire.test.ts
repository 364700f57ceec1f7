// Bytes of peers: a message, or a WireError; and whatever is a message harms no engine.

import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { readKeyDigest, readRosterDigest } from '../../node/core/exchange/digest-read.ts';
import { readPast } from '../../node/core/snapshot/past.ts';
import { decodeMessage, decodeRequest, decodeResponse } from '../../node/core/wire/decode.ts';
import { decodeChunks, decodeDefinition, decodeUpdate } from '../../node/core/wire/decode-cargo.ts';
import { encodeMessage } from '../../node/core/wire/encode.ts';
import { WIRE_VERSION, WireError } from '../../node/core/wire/messages.ts';
import { digest, exchangeRequest, message } from '../core/arbitraries.ts';
import { experienced, OWNER, snapshotOf } from '../core/snapshot/snapshots.ts';
import { introduce, startEngine } from '../core/support.ts';
import { fuzz, target } from './fuzz.ts';
import { anyBytes, nearlyBytes, oddValue } from './inputs.ts';

/** Undefined when it is refused; anything else that is thrown fails the target. */
function refusing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof WireError && /^[^\n]+$/.test(error.message)) return undefined;
    throw error;
  }
}

const sound = message.map(encodeMessage);

/** Lists, numbers, texts and binaries as messages are made of. */
const items = fc.letrec((tie) => ({
  item: fc.oneof(
    { maxDepth: 5 },
    fc.oneof(fc.integer({ min: -40, max: 400 }), fc.maxSafeInteger(), oddValue),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('item'), { maxLength: 8 }),
  ),
}));
const list = fc.array(items.item, { maxLength: 12 });
/** A message's frame around anything. */
const framed = fc
  .tuple(fc.constantFrom(WIRE_VERSION, 0, 99), fc.nat(8), list)
  .map(([version, kind, rest]) => encode([version, kind, ...rest]));

fuzz('a message or a refusal comes of', [
  target('any bytes', anyBytes(300), (bytes) => refusing(() => decodeMessage(bytes))),
  target('sound messages with damage', nearlyBytes(sound), (bytes) => {
    const read = refusing(() => decodeMessage(bytes));
    if (read !== undefined) decodeMessage(encodeMessage(read));
  }),
  target('lists that are nearly a message', framed, (bytes) =>
    refusing(() => decodeMessage(bytes)),
  ),
  target('damage, as a request', nearlyBytes(sound), (bytes) => {
    refusing(() => decodeRequest(bytes, 7));
  }),
  target('damage, as a response', nearlyBytes(sound), (bytes) => {
    refusing(() => decodeResponse(bytes));
  }),
  target('parts of cargo that are anything', items.item, (item) => {
    for (const byLane of [true, false]) refusing(() => decodeChunks(item, byLane));
    // A chunk of one entry, the record of its member.
    refusing(() => decodeChunks([[0, 1, 1, 0, 0, 0, item]], false));
    refusing(() => decodeUpdate(item));
    refusing(() => decodeDefinition(item));
  }),
]);

/** An engine that has met others of every kind. */
function met() {
  const engine = startEngine('n1');
  for (const id of ['n2', 'n3']) introduce(engine, startEngine(id));
  return engine;
}

fuzz('an engine goes on after', [
  target('any sound request', fc.array(exchangeRequest, { minLength: 1, maxLength: 3 }), (all) => {
    const engine = met();
    for (const [i, request] of all.entries()) {
      const sent = { ...request, cluster: engine.cluster };
      for (const effect of engine.handle({ type: 'request', token: i, message: sent }, 10 + i)) {
        if ('message' in effect) decodeMessage(encodeMessage(effect.message));
      }
    }
    engine.handle({ type: 'wake' }, 5_000);
    engine.view.members();
  }),
  target('a digest of others than it holds', fc.tuple(digest, fc.nat()), ([said, hash]) => {
    const { state } = met();
    if (said.kind === 'keys') readKeyDigest(state, said);
    else readRosterDigest(state, said, state.members.roster(), hash);
  }),
]);

const { edge, now } = experienced();
const kept = snapshotOf(edge, now);

fuzz('a past or a refusal comes of', [
  target('a snapshot whose own part is damaged', nearlyBytes(fc.constant(kept.self)), (self) => {
    refusing(() => readPast(self, kept.others, OWNER));
  }),
  target('a snapshot whose view is damaged', nearlyBytes(fc.constantFrom(...kept.others)), (part) =>
    refusing(() => readPast(kept.self, [part, ...kept.others.slice(1)], OWNER)),
  ),
]);
