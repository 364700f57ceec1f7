// Text that cannot be shown as it is: the wire takes none. Whatever field it stands in, the message
// is refused as a whole, and the sentence names the field.

import { describe, expect, it } from 'vitest';
import { decodeMessage } from '../../../node/core/wire/decode.ts';
import { encodeMessage } from '../../../node/core/wire/encode.ts';
import type { ExchangeRequest, WireEntry } from '../../../node/core/wire/messages.ts';
import { isPlain } from '../../../node/core/wire/printable.ts';
import { aliveUpdate, metric, REQUEST, refusalOf } from '../support.ts';

/** By what each does. */
const ODD = {
  'a control character': '\u0007',
  'a code that colours a terminal': '\u001b[31m',
  'a mark that embeds a direction': '\u202e',
  'one that isolates it': '\u2066',
  'half of a surrogate pair': '\ud800',
  'a mark that turns the direction': '\u200f',
  'an Arabic letter mark': '\u061c',
  'a line separator': '\u2028',
  'a paragraph separator': '\u2029',
  'a zero-width space': '\u200b',
  'a byte order mark': '\ufeff',
  'a soft hyphen': '\u00ad',
};

const kinds = Object.entries(ODD);

const entry = (told: Omit<WireEntry, 'version' | 'ageMs'>): Partial<ExchangeRequest> => ({
  chunks: [{ ref: 1, from: 0, to: 1, entries: [{ version: 1, ageMs: 0, ...told }] }],
});
const update = (...told: Parameters<typeof aliveUpdate>) => ({ updates: [aliveUpdate(...told)] });
const series = { definitionKey: 1, priority: 5, labelValues: [] };
const fact = { key: 'note', priority: 5, ttlMs: 1_000, isKept: true, origin: undefined };
const origin = { author: 'n2', generation: 1, version: 2 };

/** A message with a text in each place that takes one, by the field that a refusal names. */
const PLACES: readonly [
  field: string,
  place: string,
  (text: string) => Partial<ExchangeRequest>,
][] = [
  ['id', 'the name of a node', (text) => update(text, { address: 'http://n2' })],
  ['address', 'an address', (text) => update('n2', { address: `http://n${text}` })],
  ['reason', 'the reason to leave', (text) => update('n2', { leave: { reason: text } })],
  [
    'label',
    'the name of a label',
    (text) => entry({ index: 0, value: { labels: { [text]: '' } } }),
  ],
  ['label', 'a label', (text) => entry({ index: 0, value: { labels: { rack: text } } })],
  [
    'label value',
    'what tells a metric from others of its family',
    (text) => entry({ index: -1, value: { ...series, labelValues: ['eth0', text] } }),
  ],
  ['key', 'the key of a fact', (text) => entry({ index: -1, value: { ...fact, key: text } })],
  [
    'author',
    'the author of a fact',
    (text) => entry({ index: -1, value: { ...fact, origin: { ...origin, author: text } } }),
  ],
  ['value of a fact', 'a fact', (text) => entry({ index: 1, value: `"${text}"` })],
  [
    'value of a fact',
    'a fact that is stale',
    (text) => entry({ index: 1, value: `"${text}"`, isStale: true }),
  ],
  ['name', 'the name of a metric', (text) => ({ definitions: [metric(`c${text}pu`)] })],
  ['unit', 'a unit', (text) => ({ definitions: [metric('load', { unit: text })] })],
  [
    'description',
    'the description of a metric',
    (text) => ({ definitions: [metric('load', { description: `Load${text}` })] }),
  ],
  [
    'label name',
    'the name of a label of a metric',
    (text) => ({ definitions: [metric('load', { labelNames: ['mount', text] })] }),
  ],
];

describe('text in a message', () => {
  describe.each(PLACES)('as %s: %s', (field, _, told) => {
    const decode = (text: string) => decodeMessage(encodeMessage({ ...REQUEST, ...told(text) }));

    it.each(kinds)('with %s refuses the message', (_kind, odd) => {
      const { code, message } = refusalOf(() => decode(`a${odd}b`));
      expect(code).toBe('malformed');
      expect(message).toContain(`"${field}"`);
      // Whoever logs the refusal is not steered by it.
      expect(isPlain(message)).toBe(true);
    });

    it('of people is fine: any script, combined characters, pictures', () => {
      const texts = ['größer', 'Привет', '東京', 'שלום', 'سلام', 'e\u0301', '🚀', '100 µs'];
      for (const text of texts) {
        // An address is a URL, and has rules of its own.
        if (field === 'address') continue;
        expect(() => decode(text), text).not.toThrow();
      }
    });
  });
});
