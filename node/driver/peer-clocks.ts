// What the peers' clocks say of this node's: for the store, which deletes nothing on one clock's
// word, and for whoever runs the node, where it is far off.

import type { ClusterView } from '../core/model.ts';
import type { Clock, Store } from '../ports.ts';
import type { LoopEvent } from './loop.ts';

export interface PeerClocks {
  /** Tells both when the last time is long enough ago. */
  tellWhenDue(): void;
}

const EVERY_MS = 30_000;
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
  let wasOff = false;
  return {
    tellWhenDue() {
      const now = clock.monotonicMs();
      if (now - toldAt < EVERY_MS) return;
      toldAt = now;
      const skewMs = medianSkew(view);
      store.noteSkew?.(skewMs);
      const isOff = Math.abs(skewMs ?? 0) > FAR_OFF_MS;
      if (isOff || wasOff) onEvent({ type: 'clock_off', skewMs: isOff ? skewMs : undefined });
      wasOff = isOff;
    },
  };
}

/** Over live peers; of two in the middle the lower, which makes this clock the later one. */
function medianSkew(view: ClusterView): number | undefined {
  const skews = view
    .heads()
    .filter(({ id, status }) => id !== view.selfId && status === 'alive')
    .flatMap(({ skewMs }) => skewMs ?? [])
    .sort((a, b) => a - b);
  return skews[Math.floor((skews.length - 1) / 2)];
}
