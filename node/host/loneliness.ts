// Tells once when none of the seeds answered for a while: the node works, but perhaps not where
// its user believes.

import type { ClusterView } from '../core/model.ts';
import type { Clock } from '../ports.ts';
import type { Log } from './log.ts';

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
): Watch {
  const look = (): void => {
    if (seeds.length === 0 || view.members().length > 1) return;
    const of = seeds.length === 1 ? 'The seed' : 'None of the seeds';
    const does = seeds.length === 1 ? 'does not answer' : 'answers';
    log(
      'warn',
      `${of} ${seeds.join(', ')} ${does}; this node runs alone and keeps trying: ` +
        'is --join right, and is a node running there?',
    );
  };
  const cancel = clock.after(PATIENCE_MS, look);
  return { close: async () => cancel() };
}
