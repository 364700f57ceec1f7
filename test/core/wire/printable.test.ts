// Texts of others, as a log and a terminal get them.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isPlain,
  printable,
  printableJson,
  printableLines,
} from '../../../node/core/wire/printable.ts';

/** Each of these moves, hides or recolours what stands around it, or breaks a line. */
const STEERING: readonly (readonly [what: string, text: string, shown: string])[] = [
  ['an escape sequence', '\u001b[2J', '\\u001b[2J'],
  ['an escape of one byte', '\u009b2J', '\\u009b2J'],
  ['a bell', '\u0007', '\\u0007'],
  ['a line break', 'a\nb', 'a\\u000ab'],
  ['a carriage return', 'a\rb', 'a\\u000db'],
  ["Unicode's line separator", 'a\u2028b', 'a\\u2028b'],
  ["Unicode's paragraph separator", 'a\u2029b', 'a\\u2029b'],
  ['writing from right to left', '\u202egpj', '\\u202egpj'],
  ['an isolate', '\u2066a\u2069', '\\u2066a\\u2069'],
  ['a mark of direction', 'a\u200eb\u200fc\u061cd', 'a\\u200eb\\u200fc\\u061cd'],
  ['a character without width', 'n\u200b1\ufeff', 'n\\u200b1\\ufeff'],
  ['a tag', 'a\u{e0041}', 'a\\udb40\\udc41'],
  ['half a character', 'a\ud800b', 'a\\ud800b'],
];

describe('a text of others', () => {
  it.each(STEERING)('shows %s instead of sending it', (_what, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it.each(['Zürich 1 – 99,5 %', '東京', 'نود', '🦀 é'])('%s stays as it is', (text) => {
    expect(printable(text)).toBe(text);
  });

  it('is plain to the wire, well-formed and one line afterwards, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = printable(text);
        expect(isPlain(shown)).toBe(true);
        expect(shown.isWellFormed()).toBe(true);
        expect(printable(shown)).toBe(shown);
      }),
    );
  });

  it('keeps its own lines where it has some, and no other breaks', () => {
    expect(printableLines('a\u202e\r\nb\n\rc')).toBe('a\\u202e\r\nb\n\\u000dc');
  });

  it('means the same in JSON', () => {
    const value = { 'n\u202e1': ['\u2028', '\ud800', '\u{e0041}', 'a\nb'] };
    for (const indent of [undefined, 2]) {
      const text = printableJson(value, indent);
      expect(JSON.parse(text)).toEqual(value);
      expect(isPlain(text.replaceAll('\n', ''))).toBe(true);
    }
  });
});
