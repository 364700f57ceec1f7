// Answers a question about the past from the rows that wait for a server.

import type { Client } from '@libsql/client';
import type { History, HistoryQuery } from '../../ports.ts';
import { isMemberEvent } from '../database/rows.ts';
import { createReader } from '../history/reader.ts';
import { createGathering } from '../history/samples.ts';
import { decodeEvents, decodeSeries, selectLatest } from './schema.ts';

/** A question takes so many rows that fit it, the latest; some 5 MB. */
const MAX_ROWS = 50_000;
/** Read at once: some 2,000 rows. */
const CHUNK_BYTES = 64 * 1024;

export async function readWaiting(
  client: Client,
  query: HistoryQuery,
  signal?: AbortSignal,
): Promise<History> {
  const reader = createReader(client, signal);
  const gathering = createGathering(query, MAX_ROWS);
  let before = Number.MAX_SAFE_INTEGER;
  for (;;) {
    const records = await reader.rows(selectLatest(before, CHUNK_BYTES));
    if (records.length === 0) return gathering.answer(false);
    for (const { id, samples, events } of records) {
      const [series, seen] = [decodeSeries(String(samples)), decodeEvents(String(events))];
      if (!gathering.add(series, seen.filter(isMemberEvent))) return gathering.answer(true);
      before = Number(id);
    }
  }
}
