// One run of the store's work on its database: what is too old goes, what waits is written, and
// the file and its log are kept within their sizes.

import { createLogTender, type LogTenderOptions } from '../retention/log-tender.ts';
import { type CareOptions, createCare } from '../retention/maintenance.ts';
import { type Backlog, statementsFor } from './backlog.ts';
import type { Connection } from './connection.ts';
import { joined } from './problems.ts';

export interface WriterOptions extends CareOptions, LogTenderOptions {}

export interface Writer {
  /** False when a run would find nothing to do. */
  hasWork(): boolean;
  run(): Promise<void>;
  /** As of the last run. */
  databaseBytes(): number;
  logBytes(): number;
  /** What is amiss although runs succeed. */
  problem(): string | undefined;
  /** As in Store. */
  noteSkew(skewMs: number | undefined): void;
}

/** Age is checked this often, ms; size after every write. */
const AGE_EVERY_MS = 60_000;

export function createWriter(
  options: WriterOptions,
  connection: Connection,
  backlog: Backlog,
): Writer {
  const { clock, observer = '' } = options;
  const care = createCare(options, connection.isLocal, AGE_EVERY_MS);
  const log = createLogTender(options);
  let databaseBytes = 0;

  return {
    hasWork: () => care.isDue() || log.isDue() || !backlog.isEmpty(),
    run: () =>
      connection.write(async (client) => {
        await log.makeRoom(client);
        if (care.isDue()) await care.byAge(client);
        await backlog.passOn(async (rows) => {
          await client.batch(statementsFor(rows, observer, clock.wallMs()), 'write');
        });
        databaseBytes = await care.bySize(client);
        await log.tend(client);
      }),
    databaseBytes: () => databaseBytes,
    logBytes: log.bytes,
    problem: () => joined(log.problem(), care.problem()),
    noteSkew: care.noteSkew,
  };
}
