// Where a view holds its members: all by itself, or, among many views of one process, shared with
// the others until it changes one. A thousand views of a settled fleet of a thousand hold each
// member once, and a copy wherever one of them knows something newer.

import { copyMember, type Member, type MemberName, type SeenMember } from '../membership/member.ts';

/** What is asked of a map of members; a member that is got this way may be changed. */
export interface MemberLookup<Name> {
  readonly size: number;
  has(name: Name): boolean;
  get(name: Name): Member | undefined;
  keys(): Iterable<Name>;
  /** To be looked at alone; `Holding.own` gives the one to be changed or kept. */
  values(): Iterable<SeenMember>;
}

export interface Holding {
  readonly byId: MemberLookup<string>;
  readonly byKey: MemberLookup<number>;
  /** Whether this view holds whom it shares with others, and nobody else. */
  readonly isSettled: boolean;
  add(member: Member): void;
  remove(member: Member): void;
  /** A member by its key, to be looked at. */
  find(key: number): SeenMember | undefined;
  /** A member of a current roster or ring as this view knows it, to be looked at. */
  see(name: MemberName): SeenMember;
  /** The same to be changed or kept; copied first where it is shared. */
  own(name: MemberName): Member;
}

export function createHolding(): Holding {
  const byId = new Map<string, Member>();
  const byKey = new Map<number, Member>();
  // Here rosters and rings list the members themselves.
  const itself = (name: MemberName): Member => name as Member;
  return {
    byId,
    byKey,
    isSettled: false,
    add(member) {
      byId.set(member.id, member);
      byKey.set(member.key, member);
    },
    remove(member) {
      byId.delete(member.id);
      byKey.delete(member.key);
    },
    find: (key) => byKey.get(key),
    see: itself,
    own: itself,
  };
}

/** Members that many views share; nobody changes them any more. */
export interface SharedMembers {
  readonly byId: ReadonlyMap<string, SeenMember>;
  readonly byKey: ReadonlyMap<number, SeenMember>;
  readonly bySlot: readonly SeenMember[];
}

/** Holds all of them. A member that is added at the slot of one of them takes its place. */
export function createSharedHolding({ byId, byKey, bySlot }: SharedMembers): Holding {
  /** By slot, those that this view has a copy of; V8 keeps it as a table while they are few. */
  const changed: (Member | undefined)[] = [];
  const removed = new Set<number>();
  const later = createHolding();
  const isShared = ({ slot }: MemberName): boolean => slot < bySlot.length;

  const see = (name: MemberName): SeenMember =>
    changed[name.slot] ?? bySlot[name.slot] ?? later.see(name);

  function own(name: MemberName): Member {
    const shared = bySlot[name.slot];
    if (shared === undefined) return later.own(name);
    const held = changed[name.slot];
    if (held !== undefined) return held;
    const copy = copyMember(shared);
    changed[name.slot] = copy;
    return copy;
  }

  const lookup = <Name extends string | number>(
    shared: ReadonlyMap<Name, SeenMember>,
    others: MemberLookup<Name>,
  ): MemberLookup<Name> => {
    const find = (name: Name): SeenMember | undefined => {
      const found = shared.get(name);
      return found === undefined || removed.has(found.slot) ? undefined : found;
    };
    return {
      get size() {
        return shared.size - removed.size + others.size;
      },
      has: (name) => find(name) !== undefined || others.has(name),
      get(name) {
        const found = find(name);
        return found === undefined ? others.get(name) : own(found);
      },
      *keys() {
        for (const [name, { slot }] of shared) if (!removed.has(slot)) yield name;
        yield* others.keys();
      },
      *values() {
        for (const name of bySlot) if (!removed.has(name.slot)) yield see(name);
        yield* others.values();
      },
    };
  };
  return {
    byId: lookup(byId, later.byId),
    byKey: lookup(byKey, later.byKey),
    get isSettled() {
      return removed.size === 0 && later.byKey.size === 0;
    },
    add(member) {
      if (!isShared(member)) return later.add(member);
      changed[member.slot] = member;
      removed.delete(member.slot);
    },
    remove(member) {
      if (!isShared(member)) return later.remove(member);
      changed[member.slot] = undefined;
      removed.add(member.slot);
    },
    find(key) {
      const shared = byKey.get(key);
      return shared === undefined || removed.has(shared.slot) ? later.find(key) : see(shared);
    },
    see,
    own,
  };
}
