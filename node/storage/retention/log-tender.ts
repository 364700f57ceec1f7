// Looks after a database's write-ahead log: it comes into the file at a bounded rhythm, so that a
// copy of the file alone holds what is older, and it is told when another program keeps it large.

import type { Client } from '@libsql/client';
import { OperatingError } from '../../errors.ts';
import type { Clock } from '../../ports.ts';
import type { Place } from '../database/place.ts';
import { databaseName } from '../database/problems.ts';

export interface LogTenderOptions {
  readonly clock: Clock;
  readonly url: string;
  /** Of the file; the log may become as large as that, and no larger. */
  readonly maxBytes: number;
  /** Without one there is nothing to tend. */
  readonly place?: Place | undefined;
}

export interface LogTender {
  /** The files were not looked at for a while. */
  isDue(): boolean;
  /** Before writing: rejects with an OperatingError when the log must not grow any further. */
  makeRoom(client: Client): Promise<void>;
  /** After writing. */
  tend(client: Client): Promise<void>;
  /** Why the log is large; undefined while it is not. */
  problem(): string | undefined;
  bytes(): number;
}

/** What is in the log comes into the file this often, ms. */
const EVERY_MS = 30_000;
const MEBIBYTE = 2 ** 20;
/** Larger than one run makes it: from here on it is asked to begin anew. */
const LARGE_BYTES = 4 * MEBIBYTE;
/** Larger than readers of ours make it: each of their statements is over in a moment. */
const TOLD_BYTES = 8 * MEBIBYTE;
/** However small the database: so much a flood may take while somebody copies it. */
const LEAST_BOUND_BYTES = 16 * MEBIBYTE;

/** Never waits; what a reader still needs stays. */
const COPY = 'PRAGMA wal_checkpoint(PASSIVE)';
/** Waits for readers as long as the connection waits for any lock. */
const BEGIN_ANEW = 'PRAGMA wal_checkpoint(TRUNCATE)';

export function createLogTender(options: LogTenderOptions): LogTender {
  const { clock, place, maxBytes } = options;
  const name = databaseName(options.url);
  const boundBytes = Math.max(maxBytes, LEAST_BOUND_BYTES);
  let dueMs = clock.monotonicMs() + EVERY_MS;
  let bytes = 0;
  let problem: string | undefined;

  const begunAnew = async (client: Client): Promise<void> => {
    bytes = place?.logBytes() ?? 0;
    if (bytes < LARGE_BYTES) return;
    await client.executeMultiple(BEGIN_ANEW).catch(() => undefined);
    bytes = place?.logBytes() ?? 0;
  };
  const pinned = (advice: string): string =>
    `The log of database ${name} (${name}-wal) is larger than ${TOLD_BYTES / MEBIBYTE} MiB and ` +
    `cannot shrink: another program keeps reading an old state of it; end that program${advice}.`;

  return {
    isDue: () => place !== undefined && clock.monotonicMs() >= dueMs,
    async makeRoom(client) {
      if (bytes < boundBytes) return;
      await begunAnew(client);
      if (bytes < boundBytes) return;
      throw new OperatingError('store_pinned', pinned(', then storing resumes'));
    },
    async tend(client) {
      if (place === undefined) return;
      await begunAnew(client);
      problem = bytes < TOLD_BYTES ? undefined : pinned(' or its transaction');
      if (clock.monotonicMs() < dueMs) return;
      dueMs = clock.monotonicMs() + EVERY_MS;
      await client.executeMultiple(COPY);
    },
    problem: () => problem,
    bytes: () => bytes,
  };
}
