// Which names a list of exact names and globs (`n[1-5]`, `web-*`) lets through.

import picomatch from 'picomatch';
import { badRequest } from './problem.ts';

// Globs become regular expressions, and those backtrack: a star more multiplies the time by the
// length of the name. Three stars over 64 characters stay below a millisecond.
const MAX_STARS = 3;
const MAX_LENGTH = 128;
const MAX_GLOBS = 10;
const OPTIONS = { dot: true, noextglob: true, nonegate: true, nobrace: true };

const GLOB = /[*?[\]]/;

/** Whether a text stands for many names. */
export const isPattern = (text: string): boolean => GLOB.test(text);

const compile = (field: string, pattern: string): ((name: string) => boolean) => {
  const stars = pattern.split('*').length - 1;
  if (stars > MAX_STARS || pattern.length > MAX_LENGTH) {
    const limits = `${MAX_STARS} stars and ${MAX_LENGTH} characters`;
    throw badRequest('pattern_too_complex', `A pattern of \`${field}\` has at most ${limits}.`);
  }
  return picomatch(pattern, OPTIONS);
};

/** Absent patterns let everything through. `field` names the parameter in errors. */
export const matcher = (
  field: string,
  patterns: readonly string[] | undefined,
): ((name: string) => boolean) => {
  if (patterns === undefined) return () => true;
  const exact = new Set(patterns.filter((pattern) => !isPattern(pattern)));
  const globs = patterns.filter(isPattern);
  if (globs.length > MAX_GLOBS) {
    throw badRequest('too_many_patterns', `\`${field}\` takes ${MAX_GLOBS} patterns at most.`);
  }
  const compiled = globs.map((pattern) => compile(field, pattern));
  return (name) => exact.has(name) || compiled.some((matches) => matches(name));
};
