// What digests read of every member at every exchange, side by side: a thousand members are a few
// cache lines here, and as objects a thousand of them and more.

import type { Member } from '../membership/member.ts';

export interface Columns {
  /** By slot: the base of the member's marks. Versions stay below 2^53. */
  readonly bases: Float64Array;
  /** By slot: whether some lane is ahead of the base. */
  readonly aheads: Uint8Array;
  /** Slots in use, and below the highest in use. */
  readonly length: number;
  /** Gives the member a slot, and keeps its marks there from now on. */
  add(member: Member): void;
  remove(member: Member): void;
  /** Starts with another view's marks, in the same slots; these slots stay as they are. */
  share(others: Columns): void;
  /** To be called after the member's marks changed. */
  update(member: Member): void;
}

const FIRST_SLOTS = 16;

export function createColumns(): Columns {
  let bases = new Float64Array(FIRST_SLOTS);
  let aheads = new Uint8Array(FIRST_SLOTS);
  const free: number[] = [];
  let used = 0;
  let shared = 0;

  const grow = (): void => {
    const longer = new Float64Array(bases.length * 2);
    longer.set(bases);
    const flags = new Uint8Array(bases.length * 2);
    flags.set(aheads);
    bases = longer;
    aheads = flags;
  };
  const update = ({ slot, source }: Member): void => {
    bases[slot] = source.base;
    aheads[slot] = source.ahead === undefined ? 0 : 1;
  };
  return {
    get bases() {
      return bases;
    },
    get aheads() {
      return aheads;
    },
    get length() {
      return used;
    },
    add(member) {
      if (free.length === 0 && used === bases.length) grow();
      member.slot = free.pop() ?? used++;
      update(member);
    },
    remove(member) {
      if (member.slot >= shared) free.push(member.slot);
    },
    share(others) {
      bases = others.bases.slice(0, others.length);
      aheads = others.aheads.slice(0, others.length);
      free.length = 0;
      used = others.length;
      shared = used;
    },
    update,
  };
}
