// What the values of an owner are. Each of its metrics, and each fact that it publishes, has a slot
// of its own: a card says what the slot holds, an entry beside it holds the newest value. A slot
// that is given to something else is opened anew, and values of an earlier opening are void.

import type { Labels } from '../model.ts';

/** A metric: its family, and what tells it from others of that family. */
export interface SeriesCard {
  readonly definitionKey: number;
  /** 1–255: the lane that its values ride in. */
  readonly priority: number;
  /** In the order of the family's label names. */
  readonly labelValues: readonly string[];
}

/** A small document. */
export interface FactCard {
  readonly key: string;
  readonly priority: number;
  /** It ends so long after its card was told, ms; undefined: when its owner takes it back. */
  readonly ttlMs: number | undefined;
  /** Others keep it until it ends, whatever becomes of its author. */
  readonly isKept: boolean;
  /** Of a copy: whose it is, and what the author told it under. */
  readonly origin: FactOrigin | undefined;
}

export interface FactOrigin {
  readonly author: string;
  readonly generation: number;
  readonly version: number;
}

export type Card = SeriesCard | FactCard;

export interface Slot {
  /** `null`: closed, free for another. `undefined`: opened anew, but its card has not come yet. */
  readonly card: Card | null | undefined;
  /** Counts the openings of this slot from 0. */
  readonly opening: number;
  /** The owner's counter when the card was told; 0 before it has come. */
  readonly version: number;
  readonly toldAt: number;
}

/** What is told of an owner besides values; each part may come before the others. */
export interface MemberRecord {
  readonly labels: Labels;
  /** By slot, from 1 on; the first place is empty. */
  readonly slots: readonly (Slot | undefined)[];
}

export const EMPTY_RECORD: MemberRecord = { labels: Object.freeze({}), slots: [] };

export const isFact = (card: Card): card is FactCard => 'key' in card;

export const seriesAt = (
  record: MemberRecord | undefined,
  slot: number,
): SeriesCard | undefined => {
  const card = record?.slots[slot]?.card;
  return card && !isFact(card) ? card : undefined;
};

export const factAt = (record: MemberRecord | undefined, slot: number): FactCard | undefined => {
  const card = record?.slots[slot]?.card;
  return card && isFact(card) ? card : undefined;
};

/** The families that a record names, one for each of its metrics. */
export function* definitionKeys(record: MemberRecord | undefined): Generator<number> {
  for (const slot of record?.slots ?? []) {
    const card = slot?.card;
    if (card && !isFact(card)) yield card.definitionKey;
  }
}

/** The same record with another slot in one place: records are shared, so none is changed. */
export function withSlot({ labels, slots }: MemberRecord, index: number, slot: Slot): MemberRecord {
  const next = slots.slice();
  // Without holes: arrays that have some are slower to look through.
  while (next.length < index) next.push(undefined);
  next[index] = slot;
  return { labels, slots: next };
}
