import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matcher } from '../../../node/http/view/patterns.ts';
import { fixture, member, problemOf } from '../fixture.ts';

/** The definition of a match in the plainest words; its time is exponential, so texts are short. */
function matches(pattern: string, name: string): boolean {
  const [first, ...rest] = [...pattern];
  const [letter, ...letters] = [...name];
  const others = rest.join('');
  const following = letters.join('');
  if (first === undefined) return name === '';
  if (first === '*') {
    return matches(others, name) || (letter !== undefined && matches(pattern, following));
  }
  if (letter === undefined) return false;
  if (first === '?') return matches(others, following);
  if (first !== '[') return first === letter && matches(others, following);
  const { accepts, after } = classOf(pattern);
  return accepts(letter) && matches(after, following);
}

function classOf(pattern: string) {
  const [, sign = '', inside = '', after = ''] = /^\[([!^]?)(.[^\]]*)\](.*)$/su.exec(pattern) ?? [];
  const parts = inside.match(/.-.|./gsu) ?? [];
  const isIn = (letter: string): boolean =>
    parts.some((part) => {
      const [from = '', , to = from] = [...part];
      return from <= letter && letter <= to;
    });
  return { accepts: (letter: string) => isIn(letter) === (sign === ''), after };
}

const letter = fc.constantFrom('a', 'b', 'c', 'é');
const set = fc
  .tuple(fc.constantFrom('', '!', '^'), fc.constantFrom('a', 'ab', 'a-c', 'b-bc', ']a', 'a-'))
  .map(([sign, inside]) => `[${sign}${inside}]`);
const pattern = fc
  .array(fc.oneof(letter, fc.constantFrom('*', '?', '*?', '**'), set), { maxLength: 7 })
  .map((parts) => parts.join(''));
const part = fc.array(letter, { minLength: 1, maxLength: 8 }).map((letters) => letters.join(''));
const name = fc.array(letter, { maxLength: 8 }).map((letters) => letters.join(''));

describe('a pattern', () => {
  it('matches what its definition says, whatever the pattern and the name', () => {
    fc.assert(
      fc.property(pattern, name, (written, given) => {
        expect(matcher('node', [written])(given)).toBe(matches(written, given));
      }),
      { numRuns: 3_000 },
    );
  });

  it('of any length and any number of stars matches as its parts do', () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 14 }), (parts) => {
        const isOne = matcher('node', [`*${parts.join('*')}`]);
        expect(isOne(parts.map((each) => `x${each}`).join('ab'))).toBe(true);
        expect(isOne(`${parts.join('b')}z`)).toBe(false);
      }),
    );
  });

  it.each([
    ['web-*', 'web-', true],
    ['web-*', 'we', false],
    ['*.eu', 'a.b.eu', true],
    ['n[0-9][!0-4]', 'n15', true],
    ['n[0-9][!0-4]', 'n14', false],
    ['[]]', ']', true],
    ['[!]]', ']', false],
    ['?', '😀', true],
    ['a(b|c)+{d,e}!\\*', 'a(b|c)+{d,e}!\\x', true],
    ['@(a)*', 'a', false],
  ])('%s over %s: %s', (written, given, expected) => {
    expect(matcher('node', [written])(given)).toBe(expected);
  });

  it('is refused where a class has no end, with the fix', async () => {
    for (const written of ['n[0-9', 'a[', 'a[]', 'a[!]']) {
      const answer = await fixture().app.request(`/state?node=${encodeURIComponent(written)}`);
      const problem = await problemOf(answer);
      expect(problem).toMatchObject({ status: 400, code: 'invalid_pattern' });
      expect(problem.detail).toContain(`\`node\` has a [ without its ] in ${written}`);
    }
  });

  it.each([
    ['nested groups', `${'('.repeat(18)}[a-b]${')+'.repeat(18)}[!a]`],
    ['stars', `${'*a'.repeat(60)}b`],
    ['stars and places', `${'*?'.repeat(60)}[b]`],
    ['classes', `${'*[!b]'.repeat(24)}b`],
  ])('of many %s takes no longer than a plain one', (_, written) => {
    const isOne = matcher('metric', [written]);
    const names = Array.from({ length: 1_000 }, (_, i) => `${'a'.repeat(60)}${i}`);
    const startedAt = performance.now();
    expect(names.filter(isOne)).toEqual([]);
    // A hundred times what it takes; one that backtracks needs longer than the universe has been.
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('of one metric costs one answer no time that a peer would notice', async () => {
    const groups = `${'('.repeat(18)}[a-z]${')+'.repeat(18)}[^a-z]`;
    const { app } = fixture({}, [member('n1')]);
    const startedAt = performance.now();
    const answer = await app.request(`/state?metric=${encodeURIComponent(groups)}`);
    expect(answer.status).toBe(200);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
