// One run of the store's work on its database: what is too old goes, what waits is written, and
// the file is kept within its size.

import type { Clock } from '../ports.ts';
import { type Backlog, statementsFor } from './backlog.ts';
import type { Connection } from './connection.ts';
import { applyAge, applySize, type RetentionLimits } from './retention.ts';

export interface KeeperOptions extends RetentionLimits {
  readonly clock: Clock;
  /** As in BacklogOptions. */
  readonly observer?: string;
}

export interface Keeper {
  /** False when a run would find nothing to do. */
  hasWork(): boolean;
  run(): Promise<void>;
  /** As of the last run. */
  databaseBytes(): number;
}

/** Age is checked this often, ms; size after every write. */
const AGE_EVERY_MS = 60_000;

export function createKeeper(
  options: KeeperOptions,
  connection: Connection,
  backlog: Backlog,
): Keeper {
  const { clock, observer = '', retentionMs, maxBytes } = options;
  let ageDueMs = Number.NEGATIVE_INFINITY;
  let databaseBytes = 0;
  const isAgeDue = (): boolean => clock.monotonicMs() >= ageDueMs;

  return {
    hasWork: () => isAgeDue() || !backlog.isEmpty(),
    run: () =>
      connection.write(async (client) => {
        if (isAgeDue() && (await applyAge(client, clock.wallMs() - retentionMs))) {
          ageDueMs = clock.monotonicMs() + AGE_EVERY_MS;
        }
        await backlog.passOn(async (rows) => {
          await client.batch(statementsFor(rows, observer, clock.wallMs()), 'write');
        });
        databaseBytes = await applySize(client, maxBytes, connection.isLocal);
      }),
    databaseBytes: () => databaseBytes,
  };
}
