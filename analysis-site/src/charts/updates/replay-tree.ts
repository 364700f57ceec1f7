// Where nodes stand in the replay of an update: the owner in the middle, a ring for every round,
// each node near the one that told it.

export interface Told {
  readonly node: string;
  readonly from: string;
  readonly afterMs: number;
  /** Negative: the update never came. */
  readonly round: number;
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Rings from 1 on; the owner's radius is 0, the outermost ring's 1. */
export function places(told: readonly Told[], owner: string): Map<string, Place> {
  const reached = told.filter(({ round }) => round >= 0);
  const rings = Math.max(0, ...reached.map(({ round }) => round)) + 1;
  const lost = told.filter(({ round }) => round < 0).map(({ node }) => node);
  const outermost = rings + (lost.length > 0 ? 1 : 0);
  const children = childrenOf(reached, owner);
  const found = new Map<string, Place>([[owner, { x: 0, y: 0 }]]);
  const ring = new Map(reached.map(({ node, round }) => [node, round + 1]));
  // Depth first without recursion: chains may be as long as the fleet. A leaf takes one seat of
  // the circle, a node that told others the middle of theirs; one that told another in the round
  // in which it was told itself takes a seat as well, or it would stand where the other does.
  const order: string[] = [];
  const stack = [owner];
  while (stack.length > 0) {
    const node = stack.pop() ?? owner;
    order.push(node);
    stack.push(...(children.get(node) ?? []).toReversed());
  }
  const seats = new Map<string, number>();
  const seated = order.filter((node) => {
    const own = children.get(node) ?? [];
    return own.length === 0 || own.some((child) => ring.get(child) === ring.get(node));
  });
  const circle = Math.max(1, seated.length);
  seated.forEach((node, seat) => {
    seats.set(node, seat);
  });
  for (const node of order.toReversed()) {
    const own = (children.get(node) ?? []).flatMap((child) => seats.get(child) ?? []);
    if (!seats.has(node)) seats.set(node, own.reduce((sum, seat) => sum + seat, 0) / own.length);
    if (node === owner) continue;
    found.set(node, onRing((seats.get(node) ?? 0) / circle, (ring.get(node) ?? 1) / outermost));
  }
  lost.forEach((node, seat) => {
    found.set(node, onRing(seat / lost.length, 1));
  });
  return found;
}

/** A tree, whatever the rows say: who told a node was told before it. */
function childrenOf(reached: readonly Told[], owner: string): Map<string, string[]> {
  const told = new Set([owner]);
  const children = new Map<string, string[]>();
  for (const { node, from } of [...reached].sort((a, b) => a.afterMs - b.afterMs)) {
    if (told.has(node)) continue;
    // Told by somebody who had not been told, for a row is missing: as if by the owner.
    const parent = told.has(from) ? from : owner;
    told.add(node);
    children.set(parent, [...(children.get(parent) ?? []), node]);
  }
  return children;
}

/** `turn` from 0 to 1, clockwise from the top. */
function onRing(turn: number, radius: number): Place {
  const angle = 2 * Math.PI * turn;
  return { x: radius * Math.sin(angle), y: radius * Math.cos(angle) };
}
