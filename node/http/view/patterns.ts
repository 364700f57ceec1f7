// Which names a list of exact names and patterns (`n[1-5]`, `web-*`) lets through, in linear time.
//
// Own code, for libraries turn patterns into regular expressions, and those of JavaScript
// backtrack: some 60 characters can keep the event loop for minutes. Here a pattern is an automaton
// whose states are the bits of numbers: R. Baeza-Yates, G. Gonnet, A New Approach to Text Searching
// (1992), with loops for stars as in G. Navarro, M. Raffinot, Flexible Pattern Matching in Strings
// (2002), chapter 4. Each character of a name is one step, whatever the pattern.

import { badRequest } from '../answers/problem.ts';

const MAX_PATTERNS = 10;
/** Of all patterns of one parameter together; no name has more than 64 characters. */
const MAX_LENGTH = 128;

const SPECIAL = /[*?[\]]/;

/** Whether a text stands for many names. */
export const isPattern = (text: string): boolean => SPECIAL.test(text);

/** What may stand in one place of a name; stars stand between places. */
type Place = (character: number) => boolean;

interface Pattern {
  readonly places: readonly Place[];
  /** Before which places, and after the last, any text may stand. */
  readonly stars: ReadonlySet<number>;
  /** What every match begins with: most names are told from it by this alone. */
  readonly start: string;
}

const STAR = '*'.charCodeAt(0);
const ANY: Place = () => true;

/** Undefined where a `[` has no end. */
function parse(text: string): Pattern | undefined {
  const places: Place[] = [];
  const stars = new Set<number>();
  for (let at = 0; at < text.length; ) {
    const character = text.codePointAt(at) ?? 0;
    if (character === STAR) stars.add(places.length);
    if (text[at] === '[') {
      const end = classEnd(text, at);
      if (end === -1) return undefined;
      places.push(readClass(text.slice(at + 1, end)));
      at = end + 1;
      continue;
    }
    if (text[at] === '?') places.push(ANY);
    else if (character !== STAR) places.push((other) => other === character);
    at += character > 0xffff ? 2 : 1;
  }
  return { places, stars, start: text.slice(0, Math.max(0, text.search(SPECIAL))) };
}

/** A bracket right after the opening one, or after its `!`, is one of the characters. */
function classEnd(text: string, start: number): number {
  const first = /^[!^]$/.test(text[start + 1] ?? '') ? start + 2 : start + 1;
  return text.indexOf(']', first + 1);
}

/** `a-z0-9_`, or `!…` for all others, as between the brackets. */
function readClass(written: string): Place {
  const isInverted = /^[!^]/.test(written);
  const characters = Array.from(isInverted ? written.slice(1) : written, (character) =>
    Number(character.codePointAt(0)),
  );
  const ranges: [from: number, to: number][] = [];
  for (let at = 0; at < characters.length; at++) {
    const from = characters[at] ?? 0;
    const to = characters[at + 2];
    const isRange = characters[at + 1] === HYPHEN && to !== undefined;
    ranges.push([from, isRange ? to : from]);
    if (isRange) at += 2;
  }
  return (other) => ranges.some(([from, to]) => from <= other && other <= to) !== isInverted;
}

const HYPHEN = '-'.charCodeAt(0);

/** Bits of one number; state n of an automaton is bit n % 32 of number n / 32. */
const BITS = 32;

/** State n: the first n places are matched. A place leads to the next state, a star stays. */
function automaton({ places, stars, start }: Pattern): (name: string) => boolean {
  const words = Math.floor(places.length / BITS) + 1;
  const loops = new Int32Array(words);
  for (const state of stars) addBit(loops, state);
  // Which states each character leads on from, as far as characters were met.
  const steps = new Map<number, Int32Array>();
  const stepsOf = (character: number): Int32Array => {
    const known = steps.get(character);
    if (known !== undefined) return known;
    const made = new Int32Array(words);
    for (const [state, place] of places.entries()) if (place(character)) addBit(made, state);
    if (steps.size < MAX_LENGTH) steps.set(character, made);
    return made;
  };
  return (name) => {
    if (!name.startsWith(start)) return false;
    const states = new Int32Array(words);
    states[0] = 1;
    for (const character of name) {
      if (!advance(states, stepsOf(character.codePointAt(0) ?? 0), loops)) return false;
    }
    return hasBit(states, places.length);
  };
}

/** One character on; whether any state is left. */
function advance(states: Int32Array, steps: Int32Array, loops: Int32Array): boolean {
  let carry = 0;
  let left = 0;
  for (let word = 0; word < states.length; word++) {
    const before = states[word] ?? 0;
    const moved = before & (steps[word] ?? 0);
    const after = (moved << 1) | carry | (before & (loops[word] ?? 0));
    carry = moved >>> (BITS - 1);
    states[word] = after;
    left |= after;
  }
  return left !== 0;
}

function addBit(words: Int32Array, bit: number): void {
  const word = Math.floor(bit / BITS);
  words[word] = (words[word] ?? 0) | (1 << (bit % BITS));
}

const hasBit = (words: Int32Array, bit: number): boolean =>
  (((words[Math.floor(bit / BITS)] ?? 0) >>> (bit % BITS)) & 1) === 1;

/** Absent patterns let everything through. `field` names the parameter in errors. */
export const matcher = (
  field: string,
  patterns: readonly string[] | undefined,
): ((name: string) => boolean) => {
  if (patterns === undefined) return () => true;
  const exact = new Set(patterns.filter((pattern) => !isPattern(pattern)));
  const written = patterns.filter(isPattern);
  if (written.length > MAX_PATTERNS || written.join('').length > MAX_LENGTH) {
    const limits = `${MAX_PATTERNS} patterns with ${MAX_LENGTH} characters together`;
    throw badRequest('too_many_patterns', `\`${field}\` takes ${limits} at most.`);
  }
  const compiled = written.map((pattern) => compile(field, pattern));
  return (name) => exact.has(name) || compiled.some((matches) => matches(name));
};

function compile(field: string, written: string): (name: string) => boolean {
  const pattern = parse(written);
  if (pattern !== undefined) return automaton(pattern);
  const fix = 'patterns are made of *, ? and classes such as [a-z] or [!0-9]';
  throw badRequest('invalid_pattern', `\`${field}\` has a [ without its ] in ${written}; ${fix}.`);
}
