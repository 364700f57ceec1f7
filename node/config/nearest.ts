// "Did you mean": the name closest to a mistyped one, by Levenshtein's distance.

/** Longer input is not worth the quadratic time. */
const MAX_LENGTH = 64;
const MAX_EDITS = 3;
/** Cells of tables that are filled at most, for strangers choose the names: some milliseconds. */
const MAX_CELLS = 20_000;

/**
 * Undefined when nothing is near: at most 3 edits, and no more than a third of the name. Of very
 * many names that look alike only some are compared.
 */
export function nearestName(wanted: string, names: readonly string[]): string | undefined {
  if (wanted.length > MAX_LENGTH) return undefined;
  const limit = Math.min(MAX_EDITS, Math.floor(wanted.length / 3));
  const plain = wanted.toLowerCase();
  let best: { readonly name: string; readonly edits: number } | undefined;
  let cells = 0;
  for (const name of names) {
    if (Math.abs(name.length - plain.length) > limit) continue;
    const bound = best === undefined ? limit : best.edits - 1;
    if (bound < 0 || cells > MAX_CELLS) break;
    const distance = editDistance(plain, name.toLowerCase(), bound);
    cells += distance.cells;
    if (distance.edits <= bound) best = { name, edits: distance.edits };
  }
  return best?.name;
}

/** More names than this are no help in a sentence. */
const MAX_LISTED = 12;

/** The end of a sentence about an unknown name: the one that was meant, or those there are. */
export function hint(wanted: string, names: readonly string[]): string {
  const name = nearestName(wanted, names);
  if (name !== undefined) return `: did you mean ${name}?`;
  return names.length > MAX_LISTED ? '; --help lists them.' : `; known are ${names.join(', ')}.`;
}

/**
 * Insertions, removals, replacements and swaps of neighbours (optimal string alignment); infinite
 * beyond `bound`. Only cells that near the diagonal can tell less (E. Ukkonen, Algorithms for
 * Approximate String Matching, 1985), and only until a row has none below the bound.
 */
function editDistance(a: string, b: string, bound: number): { edits: number; cells: number } {
  let rows: [before: number[], last: number[]] = [[], range(b.length + 1)];
  let cells = 0;
  for (let row = 1; row <= a.length; row++) {
    const [before, last] = rows;
    const from = Math.max(1, row - bound);
    const to = Math.min(b.length, row + bound);
    const current: number[] = [];
    current[from - 1] = from === 1 ? row : Infinity;
    let least = current[from - 1] ?? Infinity;
    for (let column = from; column <= to; column++) {
      const isEqual = a[row - 1] === b[column - 1];
      const isSwap = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const edits = Math.min(
        (last[column - 1] ?? Infinity) + (isEqual ? 0 : 1),
        (last[column] ?? Infinity) + 1,
        (current[column - 1] ?? Infinity) + 1,
        isSwap ? (before[column - 2] ?? Infinity) + 1 : Infinity,
      );
      current[column] = edits;
      least = Math.min(least, edits);
    }
    cells += Math.max(0, to - from + 1);
    // Neighbours differ by one at most, so that swaps, of the row before, bring nothing less.
    if (least > bound) return { edits: Infinity, cells };
    rows = [last, current];
  }
  return { edits: rows[1][b.length] ?? Infinity, cells };
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
