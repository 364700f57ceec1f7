// Answers a question about the past on one connection to a node's database.

import type { Client } from '@libsql/client';
import type { HistoryPoint, HistoryQuery } from '../ports.ts';
import { toHistoryPoints } from './rows.ts';
import { selectHistory } from './schema.ts';

/** In time's order; of more points than the query's limit, the newest. */
export async function readHistory(client: Client, query: HistoryQuery): Promise<HistoryPoint[]> {
  return toHistoryPoints((await client.execute(selectHistory(query))).rows);
}
