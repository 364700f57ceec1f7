// "Did you mean": the name closest to a mistyped one, by Levenshtein's distance.

const MAX_DISTANCE = 3;
const MAX_LENGTH = 64;

/** Edits from `a` to `b`, or above `limit` as soon as that is certain. */
const distance = (a: string, b: string, limit: number): number => {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (above[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const removed = (above[column] ?? 0) + 1;
      const added = (current[column - 1] ?? 0) + 1;
      current.push(Math.min(replaced, removed, added));
    }
    if (Math.min(...current) > limit) return limit + 1;
    above = current;
  }
  return above[b.length] ?? 0;
};

/** Undefined when nothing is near. Long input is not worth the quadratic time. */
export const nearest = (wanted: string, names: readonly string[]): string | undefined => {
  if (wanted.length > MAX_LENGTH) return undefined;
  const lower = wanted.toLowerCase();
  let best: string | undefined;
  // Short names: half of them at most may differ, or everything is near everything.
  let limit = Math.min(MAX_DISTANCE, Math.ceil(wanted.length / 2));
  for (const name of names) {
    if (name.length > MAX_LENGTH) continue;
    const edits = distance(lower, name.toLowerCase(), limit);
    if (edits > limit) continue;
    best = name;
    limit = edits - 1;
    if (limit < 0) break;
  }
  return best;
};

/** ` Did you mean …?`, or nothing. */
export const suggestion = (wanted: string, names: readonly string[]): string => {
  const name = nearest(wanted, names);
  return name === undefined ? '' : ` Did you mean ${name}?`;
};
