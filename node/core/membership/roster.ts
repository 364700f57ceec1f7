// The members of one view: by id, by key, and in the order that digests count them in.

import { type Columns, createColumns } from '../data/watermarks.ts';
import {
  createHolding,
  createSharedHolding,
  type Holding,
  type MemberLookup,
  type SharedMembers,
} from '../sharing/shared-members.ts';
import {
  copyMember,
  dataHashOf,
  hashOfWatermark,
  isLive,
  type Member,
  type MemberName,
  type SeenMember,
  statusHashOf,
} from './member.ts';

/** Older rosters are kept, so that a peer that lags by one join is still understood. */
const ROSTERS_KEPT = 4;

/** A fixed order of members that two peers agree on when their hashes are equal. */
export interface Roster {
  readonly hash: number;
  /** Sorted by id. */
  readonly members: readonly MemberName[];
  /** Parallel: where the view's columns hold each; of the current roster alone. */
  readonly slots: Int32Array;
  /** The other way round: where the member of that slot stood when the roster was made. */
  readonly positions: Int32Array;
}

export interface Members {
  readonly byId: MemberLookup<string>;
  readonly byKey: MemberLookup<number>;
  readonly columns: Columns;
  /** Those without an address; some may have got one since. */
  readonly outboundOnly: ReadonlySet<Member>;
  /** On how many exchanges the latest update about a member is still to be told. */
  readonly retransmits: Map<Member, number>;
  /** XOR over all members; equal sets give equal hashes, whatever came first. */
  dataHash: number;
  statusHash: number;
  /** How many are alive or suspect. */
  live: number;
  /** The ids of all others, of whoever was said to be gone first at the front. */
  readonly gone: ReadonlySet<string>;
  /** After its status was changed. */
  noteLife(member: Member): void;
  add(member: Member): void;
  remove(member: Member): void;
  roster(): Roster;
  /** Sorted by key. */
  ring(): readonly MemberName[];
  rosterByHash(hash: number): Roster | undefined;
  /** A member by its key, to be looked at. */
  find(key: number): SeenMember | undefined;
  /** A member of the current roster or ring as this view knows it, to be looked at. */
  see(name: MemberName): SeenMember;
  /** The same to be changed or kept. */
  own(name: MemberName): Member;
  /** Holds all of a settled view from now on, in the place of whom it held before or beside. */
  share(settled: SettledView): void;
}

/** A view that others share, and that nobody changes any more. */
export interface SettledView extends SharedMembers {
  readonly view: Members;
}

export function createSettledView(members: Iterable<SeenMember>): SettledView {
  const view = createMembers();
  const bySlot = Array.from(members, copyMember);
  for (const member of bySlot) view.add(member);
  const byId = new Map(bySlot.map((member) => [member.id, member]));
  const byKey = new Map(bySlot.map((member) => [member.key, member]));
  return { view, byId, byKey, bySlot };
}

export function createMembers(): Members {
  let held: Holding = createHolding();
  let settled: Members | undefined;
  const kept: Roster[] = [];
  const columns = createColumns();
  const outboundOnly = new Set<Member>();
  const { gone, noteLife } = createGone();
  const retransmits = new Map<Member, number>();
  const byId = createOrder((a, b) => (a.id < b.id ? -1 : 1));
  const byKey = createOrder((a, b) => a.key - b.key);
  let setHash = 0;
  let current: Roster | undefined;

  const members: Members = {
    get byId() {
      return held.byId;
    },
    get byKey() {
      return held.byKey;
    },
    columns,
    outboundOnly,
    gone,
    retransmits,
    noteLife,
    dataHash: 0,
    statusHash: 0,
    live: 0,
    add(member) {
      columns.add(member);
      held.add(member);
      if (member.address === '') outboundOnly.add(member);
      if (isLive(member)) members.live++;
      noteLife(member);
      toggle(member);
    },
    remove(member) {
      held.remove(member);
      columns.remove(member);
      outboundOnly.delete(member);
      gone.delete(member.id);
      retransmits.delete(member);
      if (isLive(member)) members.live--;
      toggle(member);
    },
    roster() {
      current ??= remember(kept, shareable()?.roster() ?? buildRoster(setHash, byId.list(held)));
      return current;
    },
    ring: () => shareable()?.ring() ?? byKey.list(held),
    rosterByHash(hash) {
      const latest = members.roster();
      return latest.hash === hash ? latest : kept.find((roster) => roster.hash === hash);
    },
    find: (key) => held.find(key),
    see: (name) => held.see(name),
    own: (name) => held.own(name),
    share(others) {
      const before = [...held.byId.values()].map(held.own);
      for (const member of before) members.remove(member);
      settled = others.view;
      held = createSharedHolding(others);
      byId.begin(() => others.view.roster().members);
      byKey.begin(others.view.ring);
      columns.share(settled.columns);
      const { dataHash, statusHash, live } = settled;
      Object.assign(members, { dataHash, statusHash, live });
      setHash = settled.roster().hash;
      for (const id of settled.gone) gone.add(id);
      for (const member of before) {
        const known = others.byKey.get(member.key);
        if (known === undefined) members.add(member);
        else takePlace(member, known);
      }
      for (const member of settled.outboundOnly) outboundOnly.add(held.own(member));
    },
  };

  function takePlace(member: Member, known: SeenMember): void {
    member.slot = known.slot;
    held.add(member);
    columns.update(member);
    members.live += Number(isLive(member)) - Number(isLive(known));
    noteLife(member);
    members.dataHash = (members.dataHash ^ dataHashOf(known) ^ dataHashOf(member)) >>> 0;
    members.statusHash = (members.statusHash ^ statusHashOf(known) ^ statusHashOf(member)) >>> 0;
  }

  const shareable = (): Members | undefined => (held.isSettled ? settled : undefined);

  function toggle(member: Member): void {
    setHash = (setHash ^ member.key) >>> 0;
    members.dataHash = (members.dataHash ^ dataHashOf(member)) >>> 0;
    members.statusHash = (members.statusHash ^ statusHashOf(member)) >>> 0;
    current = undefined;
    byId.note(member);
    byKey.note(member);
  }
  return members;
}

/** Members in an order that is kept up, for to sort thousands anew whenever some came is slow. */
function createOrder(compare: (a: MemberName, b: MemberName) => number) {
  let start: () => readonly MemberName[] = () => [];
  let sorted: readonly MemberName[] | undefined;
  /** Keys of those that came, went or were replaced since. */
  const changed = new Set<number>();
  return {
    /** From these on, which are sorted, all others being gone. */
    begin(others: () => readonly MemberName[]): void {
      start = others;
      sorted = undefined;
      changed.clear();
    },
    note: ({ key }: MemberName): void => void changed.add(key),
    list(held: Holding): readonly MemberName[] {
      sorted ??= start();
      if (changed.size === 0) return sorted;
      const rest = sorted.filter(({ key }) => !changed.has(key));
      const others = [...changed].flatMap((key) => held.find(key) ?? []).sort(compare);
      // Two sorted runs, which the sort of the language merges as such.
      sorted = rest.concat(others).sort(compare);
      changed.clear();
      return sorted;
    },
  };
}

function createGone() {
  const gone = new Set<string>();
  return {
    gone,
    noteLife(member: Member): void {
      if (isLive(member)) gone.delete(member.id);
      else gone.add(member.id);
    },
  };
}

function buildRoster(hash: number, members: readonly MemberName[]): Roster {
  const slots = Int32Array.from(members, ({ slot }) => slot);
  const positions = new Int32Array(slots.reduce((most, slot) => Math.max(most, slot), -1) + 1);
  slots.forEach((slot, position) => {
    positions[slot] = position;
  });
  return { hash, members, slots, positions };
}

/** Where a member stands in a roster, or -1. */
export function positionIn(roster: Roster, member: MemberName): number {
  const position = roster.positions[member.slot] ?? -1;
  // The slot, or the member's place in an older roster, may be another's.
  return roster.members[position]?.id === member.id ? position : search(roster, member.id);
}

function search(roster: Roster, id: string): number {
  let low = 0;
  let high = roster.members.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = (roster.members[middle] as MemberName).id;
    if (found === id) return middle;
    if (found < id) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function remember(kept: Roster[], roster: Roster): Roster {
  kept.unshift(roster);
  if (kept.length > ROSTERS_KEPT) kept.pop();
  return roster;
}

/** Runs a change of a member's marks and keeps the view's hash in step. */
export function changeMarks(members: Members, member: Member, change: () => void): void {
  const { watermark } = member.source;
  change();
  members.columns.update(member);
  if (member.source.watermark === watermark) return;
  const before = hashOfWatermark(member, watermark);
  members.dataHash = (members.dataHash ^ before ^ dataHashOf(member)) >>> 0;
}

/** The same for its incarnation and status. */
export function changeStatus(members: Members, member: Member, change: () => void): void {
  const before = statusHashOf(member);
  if (isLive(member)) members.live--;
  change();
  if (isLive(member)) members.live++;
  members.noteLife(member);
  members.statusHash = (members.statusHash ^ before ^ statusHashOf(member)) >>> 0;
}
