// What digests read of every member at every exchange, side by side: a thousand members are a few
// cache lines here, and as objects a thousand of them and more.

import type { Member } from '../membership/member.ts';

export interface Columns {
  /** By slot: the watermark of the member's marks. Versions stay below 2^53. */
  readonly watermarks: Float64Array;
  /** By slot: whether some lane is ahead of the watermark. */
  readonly hasLaneAhead: Uint8Array;
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
  let watermarks = new Float64Array(FIRST_SLOTS);
  let hasLaneAhead = new Uint8Array(FIRST_SLOTS);
  const free: number[] = [];
  let used = 0;
  let shared = 0;

  const grow = (): void => {
    const longer = new Float64Array(watermarks.length * 2);
    longer.set(watermarks);
    const flags = new Uint8Array(watermarks.length * 2);
    flags.set(hasLaneAhead);
    watermarks = longer;
    hasLaneAhead = flags;
  };
  const update = ({ slot, source }: Member): void => {
    watermarks[slot] = source.watermark;
    hasLaneAhead[slot] = source.laneWatermarks === undefined ? 0 : 1;
  };
  return {
    get watermarks() {
      return watermarks;
    },
    get hasLaneAhead() {
      return hasLaneAhead;
    },
    get length() {
      return used;
    },
    add(member) {
      if (free.length === 0 && used === watermarks.length) grow();
      member.slot = free.pop() ?? used++;
      update(member);
    },
    remove(member) {
      if (member.slot >= shared) free.push(member.slot);
    },
    share(others) {
      watermarks = others.watermarks.slice(0, others.length);
      hasLaneAhead = others.hasLaneAhead.slice(0, others.length);
      free.length = 0;
      used = others.length;
      shared = used;
    },
    update,
  };
}
