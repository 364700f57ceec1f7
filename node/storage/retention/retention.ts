// Keeps a database within an age and a size by many small deletions, never a long one.

import type { Client } from '@libsql/client';
import { SLOT_MS, type Statement } from '../database/schema.ts';
import * as sql from './statements.ts';

export interface RetentionLimits {
  /** Samples and events older than this go, ms. */
  readonly retentionMs: number;
  /** Beyond it the oldest go first, whatever their age. The write-ahead log comes on top. */
  readonly maxBytes: number;
}

/** A step of this many rows holds the database a few milliseconds. */
const STEP_ROWS = 2_000;
/** Steps of one call; what remains waits for the next call. */
const MAX_STEPS = 8;
/** Deletion goes on until this share of `maxBytes` is left, so that not every write deletes. */
const SLACK = 0.9;
/** Pages that one call gives back to the file system at most. */
const VACUUM_PAGES = 2_048;

export interface Size {
  readonly fileBytes: number;
  readonly usedBytes: number;
}

export async function measureSize(client: Client): Promise<Size> {
  const row = (await client.execute(sql.selectSize())).rows[0];
  const pageBytes = Number(row?.pageBytes);
  const pages = Number(row?.pages);
  return { fileBytes: pages * pageBytes, usedBytes: (pages - Number(row?.free)) * pageBytes };
}

/** True when nothing that this step was to delete is left. */
async function deleteStep(client: Client, statements: Statement[]): Promise<boolean> {
  const deleted = await client.batch(statements, 'write');
  return deleted.every((result) => result.rowsAffected < STEP_ROWS);
}

type Turn = () => Promise<void>;

/** Deletes what is too old; true when done, false when the next call has more to do. */
export async function applyAge(client: Client, beforeMs: number, turn?: Turn): Promise<boolean> {
  let isDone = false;
  for (let step = 0; step < MAX_STEPS && !isDone; step += 1) {
    await turn?.();
    isDone = await deleteStep(client, sql.deleteBefore(beforeMs, STEP_ROWS));
  }
  if (isDone) await client.execute(sql.deleteSeries(STEP_ROWS));
  return isDone;
}

export interface SizeLimit {
  readonly maxBytes: number;
  readonly isLocal: boolean;
  /** What is stamped later was stamped by a wrong clock: it goes first, or it would never go. */
  readonly futureMs: number;
  readonly turn?: Turn | undefined;
}

async function oldestStep(client: Client, futureMs: number): Promise<Statement[]> {
  const [newest] = (await client.execute(sql.selectNewestSlot())).rows;
  const isFuture = Number(newest?.slot ?? 0) > Math.floor(futureMs / SLOT_MS);
  return isFuture ? [sql.deleteAfter(futureMs, STEP_ROWS)] : sql.deleteOldest(STEP_ROWS);
}

/** Deletes the oldest while the database is too large and returns the file's bytes afterwards. */
export async function applySize(client: Client, limit: SizeLimit): Promise<number> {
  const { maxBytes, isLocal, futureMs, turn } = limit;
  let size = await measureSize(client);
  let isDone = size.usedBytes <= maxBytes;
  for (let step = 0; step < MAX_STEPS && !isDone; step += 1) {
    await turn?.();
    const isEmpty = await deleteStep(client, await oldestStep(client, futureMs));
    size = await measureSize(client);
    isDone = isEmpty || size.usedBytes <= maxBytes * SLACK;
  }
  // A server looks after its own file: free pages are used again, and this pragma is not allowed.
  if (isLocal && size.fileBytes > size.usedBytes) size = await giveBack(client);
  return size.fileBytes;
}

/** Some of the pages that hold nothing leave a local file. */
export async function giveBack(client: Client): Promise<Size> {
  await client.executeMultiple(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`);
  return measureSize(client);
}
