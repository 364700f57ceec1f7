// Comparison without a hint at where two texts differ.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalBytes } from '../../node/signing/bytes.ts';
import { turned } from './support.ts';

/** Counts the bytes that are looked at. */
function watched(body: Uint8Array): { body: Uint8Array; looks: () => number } {
  let looks = 0;
  const proxy = new Proxy(body, {
    get(target, key) {
      if (typeof key === 'string' && /^\d+$/.test(key)) looks++;
      return Reflect.get(target, key);
    },
  });
  return { body: proxy, looks: () => looks };
}

describe('equalBytes', () => {
  it('agrees with a comparison byte by byte', () => {
    const body = fc.uint8Array({ maxLength: 8, max: 2 });
    fc.assert(
      fc.property(body, body, (a, b) => {
        expect(equalBytes(a, b)).toBe(Buffer.from(a).equals(b));
        expect(equalBytes(a, a.slice())).toBe(true);
      }),
    );
  });

  it('looks at every byte, wherever the difference is', () => {
    const body = new Uint8Array(16).fill(7);
    const looked = Array.from({ length: 16 }, (_, at) => {
      const one = watched(body);
      const other = watched(turned(body, at));
      expect(equalBytes(one.body, other.body)).toBe(false);
      return [one.looks(), other.looks()];
    });
    expect(looked).toEqual(Array(16).fill([16, 16]));
  });
});
