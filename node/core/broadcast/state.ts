// News of this node and of others that waits to be told.

import type { Member } from '../membership/member.ts';
import type { EngineOptions } from '../options.ts';
import type { Interval } from '../wire/messages.ts';
import { createBucket, type TokenBucket } from './token-bucket.ts';

/** Members with news, each with the watermark its view had before: what follows it is the news. */
export type News = Map<Member, number>;

/** Urgent news on its way, and whom this node has to bring it to. */
export interface Broadcast {
  /** Undefined: a few random peers; they pass it on if it is news to them. */
  readonly keyRange: Interval | undefined;
  readonly chunks: News;
  readonly updates: Set<Member>;
  /** Whom it came from. */
  readonly except: number;
}

export interface BroadcastState {
  /** News since the last round, pushed once on the next one. */
  pendingUpdates: News;
  readonly broadcasts: Broadcast[];
  readonly bucket: TokenBucket;
  /** Pushes that are handed to another when they are not answered soon; the oldest first. */
  readonly hedges: { readonly at: number; readonly exchange: number }[];
}

/** A fleet that starts at once has much to say of everybody: better in few large messages. */
const STARTING_SHARE = 0.1;

export const createBroadcastState = ({ settings }: EngineOptions, now: number): BroadcastState => ({
  pendingUpdates: new Map(),
  broadcasts: [],
  bucket: createBucket(settings.urgentBurst * STARTING_SHARE, now),
  hedges: [],
});
