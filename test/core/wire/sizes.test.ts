// Budgets are kept by counting, so every count must be what the library really writes.

import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  arrayHeaderSize,
  binarySize,
  encodedSize,
  integerSize,
  textSize,
} from '../../../node/core/wire/sizes.ts';

const realSize = (value: unknown): number => encode(value).length;

const POWERS = Array.from({ length: 53 }, (_, bit) => 2 ** bit);
/** Every place where the width of an integer could change. */
const BOUNDARIES = POWERS.flatMap((power) => [power - 1, power, power + 1])
  .flatMap((value) => [value, -value])
  .filter(Number.isSafeInteger);

describe('the size of an integer', () => {
  it('is right at every power of two and next to it, on both sides of zero', () => {
    for (const value of [...BOUNDARIES, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
      expect(integerSize(value), String(value)).toBe(realSize(value));
    }
  });

  it('is right over the entire safe range', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => integerSize(value) === realSize(value)),
      { numRuns: 1_000 },
    );
  });
});

describe('the size of a text', () => {
  const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 300 });

  it('is right for any UTF-16 units, lone surrogates among them', () => {
    fc.assert(
      fc.property(units, (codes) => {
        const text = String.fromCharCode(...codes);
        return textSize(text) === realSize(text);
      }),
      { numRuns: 500 },
    );
  });

  it.each(['a', 'ä', '€', '😀', '\ud800'])(
    'changes its header where the bytes of %j do',
    (unit) => {
      const bytes = realSize(unit) - 1;
      for (const limit of [31, 255, 65_535]) {
        for (const length of [Math.floor(limit / bytes), Math.floor(limit / bytes) + 1]) {
          const text = unit.repeat(length);
          expect(textSize(text)).toBe(realSize(text));
        }
      }
    },
  );
});

describe('the size of a list or binary', () => {
  it.each([0, 1, 15, 16, 17, 65_535, 65_536])('is right for %i items', (length) => {
    expect(arrayHeaderSize(length)).toBe(realSize(new Array(length).fill(null)) - length);
  });

  it.each([0, 1, 255, 256, 65_535, 65_536])('is right for %i bytes', (length) => {
    expect(binarySize(length)).toBe(realSize(new Uint8Array(length)));
  });
});

describe('the size of any value of the wire', () => {
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(null, undefined),
      fc.maxSafeInteger(),
      fc.constantFrom(...BOUNDARIES),
      fc.double(),
      fc.string({ unit: 'binary' }),
      fc.uint8Array({ maxLength: 300 }),
      fc.array(tie('value'), { maxLength: 20 }),
    ),
  }));

  it('is the length of what the library writes', () => {
    fc.assert(
      fc.property(value, (any) => encodedSize(any) === realSize(any)),
      { numRuns: 1_000 },
    );
  });

  it.each([true, {}, 1n, Symbol('s')])(
    'is not told for %s, which the wire does not know',
    (odd) => {
      expect(() => encodedSize(odd)).toThrow(TypeError);
    },
  );
});
