// "Did you mean": the name closest to a mistyped one, by Levenshtein's distance.

/** Longer input is not worth the quadratic time. */
const MAX_LENGTH = 64;
const MAX_EDITS = 3;

/** Undefined when nothing is near: at most 3 edits, and no more than a third of the name. */
export function nearestName(wanted: string, names: readonly string[]): string | undefined {
  if (wanted.length > MAX_LENGTH) return undefined;
  const limit = Math.min(MAX_EDITS, Math.floor(wanted.length / 3));
  const plain = wanted.toLowerCase();
  const ranked = names
    .map((name) => ({ name, edits: editDistance(plain, name.toLowerCase()) }))
    .filter(({ edits }) => edits <= limit)
    .sort((a, b) => a.edits - b.edits);
  return ranked[0]?.name;
}

/** More names than this are no help in a sentence. */
const MAX_LISTED = 12;

/** The end of a sentence about an unknown name: the one that was meant, or those there are. */
export function hint(wanted: string, names: readonly string[]): string {
  const name = nearestName(wanted, names);
  if (name !== undefined) return `: did you mean ${name}?`;
  return names.length > MAX_LISTED ? '; --help lists them.' : `; known are ${names.join(', ')}.`;
}

/** Insertions, removals, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Infinity;
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    rows.push(current);
    for (let column = 1; column <= b.length; column++) {
      const differs = a[row - 1] === b[column - 1] ? 0 : 1;
      const isSwap = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        at(row - 1, column - 1) + differs,
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        isSwap ? at(row - 2, column - 2) + 1 : Infinity,
      );
    }
  }
  return at(a.length, b.length);
}
