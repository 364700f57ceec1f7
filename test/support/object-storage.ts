// The storage of an object at a test's hand.

import { DatabaseSync } from 'node:sqlite';
import type { ObjectStorage } from '../../node/edge/platform.ts';

/** An object's SQLite, by the one that Node brings. */
export function objectStorage(): ObjectStorage {
  const database = new DatabaseSync(':memory:');
  return {
    sql: {
      exec(statement, ...values) {
        const prepared = database.prepare(statement);
        // As workerd does: a number beyond whole ones is the nearest that there is.
        prepared.setReadBigInts(true);
        const rows = prepared
          .all(...values)
          .map((row) =>
            Object.fromEntries(
              Object.entries(row).map(([name, value]) => [
                name,
                value === null || typeof value === 'string' ? value : Number(value),
              ]),
            ),
          );
        const [{ written = 0 } = {}] = database.prepare('SELECT changes() AS written').all();
        return { toArray: () => rows, rowsWritten: Number(written) };
      },
      databaseSize: 0,
    },
    kv: { get: () => undefined, put: () => {}, delete: () => false },
    getAlarm: async () => null,
    setAlarm: async () => {},
    deleteAlarm: async () => {},
  };
}
