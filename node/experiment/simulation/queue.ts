// Events in virtual time: a binary heap by time, first come first served at equal times.

export interface EventQueue {
  readonly size: number;
  add(at: number, run: () => void): void;
  /** The next event, removed; undefined when none is left at or before `until`. */
  next(until: number): { at: number; run: () => void } | undefined;
}

interface Item {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

const before = (a: Item, b: Item): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

export function createQueue(): EventQueue {
  const heap: Item[] = [];
  let order = 0;
  return {
    get size() {
      return heap.length;
    },
    add(at, run) {
      heap.push({ at, order: order++, run });
      rise(heap);
    },
    next(until) {
      const first = heap[0];
      if (first === undefined || first.at > until) return undefined;
      const last = heap.pop() as Item;
      if (heap.length > 0) {
        heap[0] = last;
        sink(heap);
      }
      return first;
    },
  };
}

function rise(heap: Item[]): void {
  let at = heap.length - 1;
  const item = heap[at] as Item;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent] as Item;
    if (!before(item, above)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = item;
}

function sink(heap: Item[]): void {
  const item = heap[0] as Item;
  let at = 0;
  for (;;) {
    let child = at * 2 + 1;
    if (child >= heap.length) break;
    const right = heap[child + 1];
    if (right !== undefined && before(right, heap[child] as Item)) child++;
    const below = heap[child] as Item;
    if (!before(below, item)) break;
    heap[at] = below;
    at = child;
  }
  heap[at] = item;
}
