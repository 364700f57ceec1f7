// Input of every kind: texts and bytes out of nowhere, sound ones with damage, odd words, trees.

import fc from 'fast-check';

/** Any characters that there are, halves of pairs and control characters among them. */
export const anyText = (maxLength: number): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength }) },
    { weight: 1, arbitrary: fc.array(fc.nat(0xffff), { maxLength }).map(fromUnits) },
  );

const fromUnits = (units: readonly number[]): string => String.fromCharCode(...units);

/** Words that programs trip over. */
export const ODD_WORDS = [
  ...['', ' ', '0', '-0', '-1', '256', '1e999', '-1e308', 'NaN', 'Infinity', '9'.repeat(25)],
  ...['9'.repeat(400), '0x10', '.5', '5.', '+1', '1,5', '1_000', '5s', '15%', '%', '%41', '%zz'],
  ...['null', 'true', 'no', '~', '__proto__', 'constructor', 'toString', 'hasOwnProperty'],
  ...['\n', '\r\n', '\0', '\u2028', '\u202e', '\ufeff', '\ud800', '\\', '"', "'", '`', '<!--'],
  ...[':', '=', ' - ', '[', ']', '{}', '[]', '[[', '&a', '*a', '!!js', '|', '>', '#', ';', ','],
  ...['*', '?', '[!', '[a-', '***', '+', '!(', '@(', '/', '//', '../', '.', '..', 'file:///etc'],
  ...['http://', 'http://a:b@c', 'dns://', '[::1]', '0.0.0.0', '169.254.169.254', 'localhost.'],
  ...['2026-01-31', '2026-99-99T99:99:99Z', '-271821-04-20', '+275760-09-13', '1970-01-01T'],
];

export const oddWord: fc.Arbitrary<string> = fc.constantFrom(...ODD_WORDS);

/** A word of these, an odd one, or any. */
export const wordOf = (...known: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...known) },
    { weight: 2, arbitrary: oddWord },
    { weight: 1, arbitrary: anyText(24) },
    { weight: 1, arbitrary: fc.double().map(String) },
  );

/** A sound text, cut anywhere or with a piece put in, and now and then any text at all. */
export const nearlyText = (sound: string, maxLength = 400): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 1, arbitrary: anyText(maxLength) },
    { weight: 1, arbitrary: fc.nat(sound.length).map((length) => sound.slice(0, length)) },
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.nat(sound.length), fc.nat(9), fc.oneof(oddWord, anyText(12)))
        .map(([at, cut, piece]) => sound.slice(0, at) + piece + sound.slice(at + cut)),
    },
    {
      // A piece of it twice, or in another place.
      weight: 2,
      arbitrary: fc
        .tuple(fc.nat(sound.length), fc.nat(80), fc.nat(sound.length))
        .map(([from, length, to]) => {
          return sound.slice(0, to) + sound.slice(from, from + length) + sound.slice(to);
        }),
    },
  );

export const anyBytes = (maxLength: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ maxLength });

/** Sound bytes, of which a few are others, lacking or too many. */
export const nearlyBytes = (sound: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(sound, fc.array(damage, { minLength: 1, maxLength: 4 }))
    .map(([bytes, damages]) => damages.reduce(harm, bytes));

interface Damage {
  readonly share: number;
  readonly cut: number;
  readonly piece: Uint8Array;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.nat(4),
  piece: fc.uint8Array({ maxLength: 4 }),
});

function harm(bytes: Uint8Array, { share, cut, piece }: Damage): Uint8Array {
  const at = Math.floor(share * bytes.length);
  const after = bytes.subarray(Math.min(bytes.length, at + cut));
  const harmed = new Uint8Array(at + piece.length + after.length);
  harmed.set(bytes.subarray(0, at));
  harmed.set(piece, at);
  harmed.set(after, at + piece.length);
  return harmed;
}

/** Values as JSON and YAML have them. */
export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  oddWord,
  fc.integer({ min: -2, max: 300 }),
  anyText(12),
  fc.boolean(),
  fc.constant(null),
  fc.double(),
);

/** Groups and lists, some levels deep, under names of these. */
export function treeOf(
  names: readonly string[],
  values: fc.Arbitrary<unknown> = oddValue,
  maxDepth = 3,
): fc.Arbitrary<Record<string, unknown>> {
  const name = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...names) },
    { weight: 1, arbitrary: fc.oneof(fc.constantFrom('__proto__', 'constructor'), anyText(12)) },
  );
  return fc.letrec<{ node: unknown; list: unknown[]; group: Record<string, unknown> }>((tie) => ({
    node: fc.oneof({ maxDepth }, values, tie('list'), tie('group')),
    list: fc.array(tie('node'), { maxLength: 3 }),
    group: fc.dictionary(name, tie('node'), { maxKeys: 4 }),
  })).group;
}

/** Lines of a text, each nearly right. */
export const linesOf = (line: fc.Arbitrary<string>, maxLength = 10): fc.Arbitrary<string> =>
  fc.array(line, { maxLength }).map((lines) => lines.join('\n'));
