// What a node tells about itself while it is measured, so that nobody has to ask it meanwhile:
// when it learned a value of the watched metric, and what became of whom.

import type { MemberChange } from '../../../node/core/effects.ts';
import type { LoopEvent } from '../../../node/driver/loop.ts';
import type { Sample, Store } from '../../../node/ports.ts';
import type { WorkerStores } from '../../../node/storage/thread/worker.ts';
import { machineMs } from './machine.ts';

/** The user's metric whose way through the cluster is followed, and that of those that begin so. */
export const WATCHED_METRIC = 'bench_urgent';

export type Observation =
  | {
      readonly type: 'learned';
      /** Whose value it is. */
      readonly owner: string;
      readonly value: number;
      readonly atMs: number;
    }
  | {
      readonly type: 'member';
      readonly change: MemberChange;
      /** Who it is about. */
      readonly about: string;
      readonly atMs: number;
    };

export type Observe = (observation: Observation) => void;

/** The same stores, whose nodes are overheard as they record what they learn. */
export function overhear(stores: WorkerStores, observe: Observe): WorkerStores {
  const listen = (store: Store): Store => ({
    ...store,
    recordSamples(samples: readonly Sample[]) {
      const atMs = machineMs();
      for (const { metric, node, value } of samples) {
        if (metric.startsWith(WATCHED_METRIC))
          observe({ type: 'learned', owner: node, value, atMs });
      }
      store.recordSamples(samples);
    },
  });
  return { ...stores, open: async (options) => listen(await stores.open(options)) };
}

export function tellMember(event: LoopEvent, observe: Observe): void {
  if (event.type !== 'member') return;
  observe({ type: 'member', change: event.change, about: event.id, atMs: machineMs() });
}
