// Circles of imports: files that can only be read together. Imports of types count, since the
// reader follows them as well.

import { importsOf, type Problem, type Source } from './source.ts';

/** Each circle's files, sorted; found by Tarjan's algorithm of strongly connected components. */
export function circles(sources: readonly Source[]): string[][] {
  const imports = new Map(
    sources.map((source) => [source.path, importsOf(source).flatMap(({ path }) => path ?? [])]),
  );
  const order = new Map<string, number>();
  const open: string[] = [];
  const found: string[][] = [];

  function visit(path: string): number {
    const own = order.size;
    order.set(path, own);
    open.push(path);
    let low = own;
    for (const next of imports.get(path) ?? []) {
      if (!imports.has(next)) continue;
      const seen = order.get(next);
      if (seen === undefined) low = Math.min(low, visit(next));
      else if (open.includes(next)) low = Math.min(low, seen);
    }
    if (low === own) {
      const circle = open.splice(open.indexOf(path));
      if (circle.length > 1 || imports.get(path)?.includes(path)) found.push(circle.sort());
    }
    return low;
  }

  for (const path of imports.keys()) if (!order.has(path)) visit(path);
  return found;
}

/** One sentence a circle, in the order of its first file. */
export const cycles = (sources: readonly Source[]): Problem[] =>
  circles(sources)
    .map((paths) => `${paths.join(' ↔ ')} import one another`)
    .sort();
