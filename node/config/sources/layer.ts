// One source of settings (file, environment or flags) as plain values under our own names, with
// the place each was written at; and how several of them become one.

/** Plain data keyed by our setting names; groups are objects. */
export type Tree = Readonly<Record<string, unknown>>;

export interface Layer {
  readonly values: Tree;
  /** By dotted path; a path without an entry was written where its parent was. */
  readonly origins: ReadonlyMap<string, string>;
}

export const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A layer from single settings, for sources that name each in full. */
export function createLayer() {
  const origins = new Map<string, string>();
  let values: Tree = {};
  return {
    /** The path's objects are made as needed; a later value wins. */
    set(path: readonly string[], value: unknown, where: string): void {
      values = mergeTrees(values, path.reduceRight<unknown>(nest, value) as Tree);
      origins.set(path.join('.'), where);
    },
    done: (): Layer => ({ values, origins }),
  };
}

// fromEntries defines properties, so that a key such as `__proto__` stays an ordinary key.
const nest = (inner: unknown, key: string): Tree => Object.fromEntries([[key, inner]]);

/** Objects are merged key by key; anything else is replaced by the later one. */
export function mergeTrees(earlier: Tree, later: Tree): Tree {
  const merged = new Map(Object.entries(earlier));
  for (const [key, value] of Object.entries(later)) {
    const before = merged.get(key);
    merged.set(key, isTree(before) && isTree(value) ? mergeTrees(before, value) : value);
  }
  return Object.fromEntries(merged);
}

/** Later layers win. */
export function mergeLayers(layers: readonly Layer[]): Layer {
  return {
    values: layers.map(({ values }) => values).reduce(mergeTrees, {}),
    origins: new Map(layers.flatMap(({ origins }) => [...origins])),
  };
}

/** Where a path, or else the nearest parent of it, was written; empty for a default. */
export function originOf(origins: Layer['origins'], path: readonly string[]): string {
  for (let length = path.length; length > 0; length--) {
    const origin = origins.get(path.slice(0, length).join('.'));
    if (origin !== undefined) return origin;
  }
  return '';
}

export function valueAt(tree: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
        ? (inner as Tree)[key]
        : undefined,
    tree,
  );
}
