// What the peers' clocks say of this node's, for the store: it deletes nothing on one clock's word.

import type { ClusterView } from '../core/model.ts';
import type { Clock, Store } from '../ports.ts';

export interface PeerClocks {
  /** Tells the store when the last time is long enough ago. */
  tellWhenDue(): void;
}

const EVERY_MS = 30_000;

export function createPeerClocks(
  { clock, store }: { readonly clock: Clock; readonly store: Store },
  view: ClusterView,
): PeerClocks {
  let toldAt = Number.NEGATIVE_INFINITY;
  return {
    tellWhenDue() {
      const now = clock.monotonicMs();
      if (now - toldAt < EVERY_MS) return;
      toldAt = now;
      store.noteSkew?.(medianSkew(view));
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
