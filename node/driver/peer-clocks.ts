// What the peers' clocks say of this node's: for the store, which deletes nothing on one clock's
// word, and for whoever runs the node, where it is far off.

import type { ClusterView } from '../core/model.ts';
import type { Clock, Store } from '../ports.ts';
import type { LoopEvent } from './loop.ts';

export interface PeerClocks {
  /** Tells both when the last time is long enough ago, or this node's clock was set since. */
  tellWhenDue(): void;
}

const EVERY_MS = 30_000;
/** By so much this node's clock was set since: what was told of it is not so any more. */
const SET_BY_MS = 1_000;
/** No network takes so long, and no clock that is kept by others is so far off, ms. */
const FAR_OFF_MS = 600_000;

export interface PeerClocksParts {
  readonly clock: Clock;
  readonly store: Store;
  readonly onEvent: (event: LoopEvent) => void;
}

export function createPeerClocks(
  { clock, store, onEvent }: PeerClocksParts,
  view: ClusterView,
): PeerClocks {
  let toldAt = Number.NEGATIVE_INFINITY;
  let toldOffset = 0;
  let wasOff = false;
  return {
    tellWhenDue() {
      const now = clock.monotonicMs();
      const offset = clock.wallMs() - now;
      if (now - toldAt < EVERY_MS && Math.abs(offset - toldOffset) < SET_BY_MS) return;
      toldAt = now;
      toldOffset = offset;
      const middle = middleSkews(view);
      // Nothing is deleted early by the lower, which makes this clock the later one.
      store.noteSkew?.(middle?.lower);
      // Of an even number this clock may be the one in the middle: half of the others bear it out.
      const skewMs = middle && Math.min(Math.max(0, middle.lower), middle.upper);
      const isOff = Math.abs(skewMs ?? 0) > FAR_OFF_MS;
      if (isOff || wasOff) onEvent({ type: 'clock_off', skewMs: isOff ? skewMs : undefined });
      wasOff = isOff;
    },
  };
}

interface Middle {
  readonly lower: number;
  readonly upper: number;
}

/** The median over live peers: two of an even number, twice the same of an odd one. */
function middleSkews(view: ClusterView): Middle | undefined {
  const skews = view
    .heads()
    .filter(({ id, status }) => id !== view.selfId && status === 'alive')
    .flatMap(({ skewMs }) => skewMs ?? [])
    .sort((a, b) => a - b);
  const lower = skews[Math.floor((skews.length - 1) / 2)];
  const upper = skews[Math.floor(skews.length / 2)];
  return lower === undefined || upper === undefined ? undefined : { lower, upper };
}
