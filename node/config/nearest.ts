// "Did you mean": the name closest to a mistyped one, by Levenshtein's distance.

import { distance } from 'fastest-levenshtein';

const MAX_LENGTH = 64;
const MAX_EDITS = 3;
/** Names that are compared at most, for strangers choose them: some milliseconds, uncompiled. */
const MAX_COMPARED = 500;

/**
 * Undefined when nothing is near: at most 3 edits, and no more than a third of the name. Of very
 * many names that look alike only some are compared.
 */
export function nearestName(wanted: string, names: readonly string[]): string | undefined {
  if (wanted.length > MAX_LENGTH) return undefined;
  const limit = Math.min(MAX_EDITS, Math.floor(wanted.length / 3));
  const plain = wanted.toLowerCase();
  let best: { readonly name: string; readonly edits: number } | undefined;
  let compared = 0;
  for (const name of names) {
    if (Math.abs(name.length - plain.length) > limit) continue;
    if (best?.edits === 0 || ++compared > MAX_COMPARED) break;
    const edits = editsOf(plain, name.toLowerCase());
    if (edits <= (best === undefined ? limit : best.edits - 1)) best = { name, edits };
  }
  return best?.name;
}

/** Two neighbours that were swapped are one slip of the hand, where Levenshtein counts two. */
function editsOf(written: string, name: string): number {
  let at = 0;
  while (at < name.length && written[at] === name[at]) at++;
  const isSwap =
    written[at] === name[at + 1] &&
    written[at + 1] === name[at] &&
    written.slice(at + 2) === name.slice(at + 2);
  return isSwap ? Math.min(1, distance(written, name)) : distance(written, name);
}

/** More names than this are no help in a sentence. */
const MAX_LISTED = 12;

/** The end of a sentence about an unknown name: the one that was meant, or those there are. */
export function hint(wanted: string, names: readonly string[]): string {
  const name = nearestName(wanted, names);
  if (name !== undefined) return `: did you mean ${name}?`;
  return names.length > MAX_LISTED ? '; --help lists them.' : `; known are ${names.join(', ')}.`;
}
