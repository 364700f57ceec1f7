// Messages survive the wire unchanged, sizes are known before encoding, and no bytes whatsoever do
// more harm than a WireError.

import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMessage, decodeRequest, decodeResponse } from '../../../node/core/wire/decode.ts';
import {
  chunkOverhead,
  definitionArray,
  encodeMessage,
  entrySize,
  messageSize,
  updateArray,
} from '../../../node/core/wire/encode.ts';
import {
  MAX_MESSAGE_BYTES,
  type Message,
  type RefusalCode,
  WIRE_VERSION,
  WireError,
} from '../../../node/core/wire/messages.ts';
import { encodedSize } from '../../../node/core/wire/sizes.ts';
import { scaled } from '../../support/scale.ts';
import { exchangeRequest, MESSAGES, message } from '../arbitraries.ts';
import { aliveUpdate, metric, REQUEST, refusalOf } from '../support.ts';

const KINDS = Object.entries(MESSAGES);

/** Decodes if it can; anything thrown but a WireError fails the test. */
function tryDecode(bytes: Uint8Array): Message | undefined {
  try {
    return decodeMessage(bytes);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

const PING: Message = { kind: 'ping', cluster: 7, from: 1, target: 2 };
describe('a message of kind', () => {
  it.each(KINDS)('%s comes back as it was sent', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (sent) => {
        expect(decodeMessage(encodeMessage(sent))).toEqual(sent);
      }),
      { numRuns: scaled(200, 20_000) },
    );
  });

  it.each(KINDS)('%s has the size that was counted', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (sent) => messageSize(sent) === encodeMessage(sent).length),
      { numRuns: scaled(200, 20_000) },
    );
  });
});

describe('the parts of a message', () => {
  it('add up: a chunk is its overhead and its entries', () => {
    fc.assert(
      fc.property(exchangeRequest, (request) => {
        for (const { ref, lane, from, to, entries } of request.chunks) {
          const alone = { ...REQUEST, chunks: [{ ref, lane, from, to, entries }] };
          const entryBytes = entries.reduce((sum, entry) => sum + entrySize(entry, to), 0);
          const chunkBytes = chunkOverhead(ref, lane, from, to, entries.length) + entryBytes;
          // No digest, perhaps no runs over all lanes, and the header of the list.
          const bare = messageSize(REQUEST) + (lane === undefined ? 2 : 3);
          expect(messageSize(alone)).toBe(bare + chunkBytes);
        }
      }),
    );
  });

  it('cost few bytes: an entry of a percentage five to eight, equal views a request of 26', () => {
    const entry = { index: 2, version: 7, ageMs: 1_200, value: 437 };
    expect(entrySize(entry, 9)).toBe(6);
    expect(entrySize({ ...entry, ageMs: 20_000, value: -40_000 }, 900)).toBe(11);
    const keys = { cluster: 2 ** 32 - 1, from: 2 ** 31, rosterHash: 2 ** 31, dataHash: 2 ** 31 };
    expect(messageSize({ ...REQUEST, ...keys, statusHash: 0xffff })).toBe(26);
  });

  it('are counted on the same arrays that are sent', () => {
    const said = aliveUpdate('n1', { confirmers: [1, 2], leave: { reason: 'update' } });
    expect(encodedSize(updateArray(said))).toBe(encode(updateArray(said)).length);
    const definition = metric('cpu');
    expect(encodedSize(definitionArray(definition))).toBe(
      encode(definitionArray(definition)).length,
    );
  });
});

describe('bytes that are no message', () => {
  it('are refused with a WireError, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(tryDecode(bytes)).toBeUndefined();
      }),
      { numRuns: scaled(2_000, 100_000) },
    );
  });

  it('are refused when they are any MessagePack but ours', () => {
    fc.assert(
      fc.property(fc.anything({ withDate: true, withTypedArray: true }), (value) => {
        let bytes: Uint8Array;
        try {
          bytes = encode(value);
        } catch {
          return;
        }
        expect(tryDecode(bytes)).toBeUndefined();
      }),
    );
  });

  it('are refused when any message is cut, at each position', () => {
    fc.assert(
      fc.property(message, (sent) => {
        const bytes = encodeMessage(sent);
        for (let length = 0; length < bytes.length; length++) {
          expect(tryDecode(bytes.subarray(0, length))).toBeUndefined();
        }
      }),
      { numRuns: 60 },
    );
  });

  it('are refused or make a whole message when one byte of a message is flipped', () => {
    fc.assert(
      fc.property(message, fc.integer({ min: 1, max: 255 }), (sent, mask) => {
        const bytes = encodeMessage(sent);
        for (let at = 0; at < bytes.length; at++) {
          const flipped = bytes.slice();
          flipped[at] = (flipped[at] ?? 0) ^ mask;
          const read = tryDecode(flipped);
          if (read === undefined) continue;
          // A text may have become an odd one, which is left out.
          expect(tryDecode(encodeMessage(read))).toEqual({ ...read, oddTexts: undefined });
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('a refusal names its reason', () => {
  const bytesOf = (...fields: unknown[]): Uint8Array => encode(fields);

  it.each<[string, RefusalCode, Uint8Array]>([
    ['a body over the limit', 'oversized', new Uint8Array(MAX_MESSAGE_BYTES + 1)],
    ['an empty body', 'malformed', new Uint8Array()],
    ['a map', 'malformed', encode({ version: WIRE_VERSION })],
    ['a map inside', 'malformed', bytesOf(WIRE_VERSION, 3, {}, 1, 2)],
    ['an extension', 'malformed', bytesOf(WIRE_VERSION, 3, new Date(), 1, 2)],
    ['a whole number beyond 2^53', 'malformed', bytesOf(WIRE_VERSION, 3, 2 ** 60, 1, 2)],
    ['a fraction', 'malformed', bytesOf(WIRE_VERSION, 3, 0.5, 1, 2)],
    ['not a number', 'malformed', bytesOf(WIRE_VERSION, 3, Number.NaN, 1, 2)],
    ['infinity', 'malformed', bytesOf(WIRE_VERSION, 3, Number.POSITIVE_INFINITY, 1, 2)],
    ['a boolean', 'malformed', bytesOf(WIRE_VERSION, 3, true, 1, 2)],
    ['a negative key', 'malformed', bytesOf(WIRE_VERSION, 3, -1, 1, 2)],
    ['an unknown kind', 'malformed', bytesOf(WIRE_VERSION, 99, 7, 1, 2)],
    ['a missing field', 'malformed', bytesOf(WIRE_VERSION, 3, 7, 1)],
    ['a text where a number is due', 'malformed', bytesOf(WIRE_VERSION, 3, '7', 1, 2)],
    ['something after the end', 'malformed', new Uint8Array([...encodeMessage(PING), 0])],
    ['a message of the future', 'unknown_version', bytesOf(WIRE_VERSION + 1, 3, 7, 1, 2)],
  ])('%s: %s', (_, code, bytes) => {
    expect(refusalOf(() => decodeMessage(bytes)).code).toBe(code);
  });

  it('an unknown version names both numbers', () => {
    const { message: sentence } = refusalOf(() => decodeMessage(encode([41, 3, 7, 1, 2])));
    expect(sentence).toContain('41');
    expect(sentence).toContain(String(WIRE_VERSION));
  });

  it('an oversized body names its length and the limit', () => {
    const refusal = refusalOf(() => decodeMessage(new Uint8Array(70_000)));
    expect(refusal.message).toContain('70000');
    expect(refusal.message).toContain(String(MAX_MESSAGE_BYTES));
  });

  it('a message of another cluster is foreign, whatever asks', () => {
    for (const kind of ['exchange', 'push', 'ping', 'ping_request'] as const) {
      fc.assert(
        fc.property(MESSAGES[kind], (sent) => {
          const cluster = 'cluster' in sent ? sent.cluster : 0;
          const bytes = encodeMessage(sent);
          expect(decodeRequest(bytes, cluster)).toEqual(sent);
          const other = cluster ^ 1;
          expect(refusalOf(() => decodeRequest(bytes, other >>> 0)).code).toBe('foreign_cluster');
        }),
        { numRuns: 30 },
      );
    }
  });

  it('an answer is no request, and a request no answer', () => {
    const ack = encodeMessage({ kind: 'ack', from: 1, alive: true });
    expect(refusalOf(() => decodeRequest(ack, 7)).code).toBe('malformed');
    expect(refusalOf(() => decodeResponse(encodeMessage(PING))).code).toBe('malformed');
  });
});
