// A database of a week, as large as asked, made by SQL: a node would take a week for it.

import { createClient } from '@libsql/client';
import { migrate } from '../../../node/storage/database/migrate.ts';
import { SLOT_MS } from '../../../node/storage/database/schema.ts';

const NODES = 20;
const METRICS = ['cpu', 'memory', 'network', 'storage', 'swap', 'load1'];
const HOURS = 7 * 24;
/** What a row costs in the file, its share of the inner pages included. */
const ROW_BYTES = 24;

/** Rows of 20 nodes with six metrics each, evenly over the week that ends now. */
export async function fillWeek(path: string, bytes: number): Promise<number> {
  const client = createClient({ url: `file:${path}`, concurrency: 1 });
  // As the node opens it, so that it shrinks and grows alike.
  await client.execute('PRAGMA auto_vacuum = INCREMENTAL');
  await client.executeMultiple('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF');
  await migrate(client, path, Date.now());
  const series = NODES * METRICS.length;
  const each = Math.floor(bytes / ROW_BYTES / series / HOURS);
  const lastSlot = Math.floor(Date.now() / SLOT_MS) - 1;
  const names = Array.from({ length: series }, (_, i) => [
    `w${Math.floor(i / METRICS.length)}`,
    METRICS[i % METRICS.length],
  ]);
  await client.execute({
    sql: `INSERT INTO series (node, metric, generation, unit, last_slot)
      SELECT value ->> 0, value ->> 1, 1, '%', ? FROM json_each(?)`,
    args: [lastSlot, JSON.stringify(names)],
  });
  for (let hour = HOURS - 1; hour >= 0; hour--) {
    await client.execute({
      sql: `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1)
        INSERT INTO samples (slot, series, version, offset_ms, value)
        SELECT ?2, series.id, (?3 * ?1) + n.i, n.i * (${SLOT_MS} / ?1), abs(random()) % 100000
        FROM series CROSS JOIN n`,
      args: [BigInt(each), BigInt(lastSlot - hour), BigInt(HOURS - 1 - hour)],
    });
  }
  await client.executeMultiple('PRAGMA wal_checkpoint(TRUNCATE)');
  client.close();
  return each * series * HOURS;
}
