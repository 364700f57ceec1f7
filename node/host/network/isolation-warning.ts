// Tells once when none of the seeds answered for a while: the node works, but perhaps not where
// its user believes.

import type { ClusterView } from '../../core/model.ts';
import type { Clock } from '../../ports.ts';
import type { Log } from '../process/log.ts';

/** Seeds that are started together with this node are up by then. */
const PATIENCE_MS = 5_000;

export interface Watch {
  close(): Promise<void>;
}

export function warnWhenAlone(
  view: ClusterView,
  seeds: readonly string[],
  clock: Clock,
  log: Log,
  /** Whether it was told already why there is nothing from this seed. */
  isExplained: (seed: string) => boolean = () => false,
): Watch {
  const look = (): void => {
    if (view.heads().length > 1) return;
    const silent = seeds.filter((seed) => !isExplained(seed));
    if (silent.length === 0) return;
    const of = silent.length === 1 ? 'The seed' : 'None of the seeds';
    const does = silent.length === 1 ? 'does not answer' : 'answers';
    log(
      'warn',
      `${of} ${silent.join(', ')} ${does}; this node runs alone and keeps trying: ` +
        'is --join right, and is a node running there?',
    );
  };
  const cancel = clock.after(PATIENCE_MS, look);
  return { close: async () => cancel() };
}
