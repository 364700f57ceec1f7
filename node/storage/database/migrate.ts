// Brings a database to the newest version, one numbered step and one transaction at a time.

import type { Client } from '@libsql/client';
import { OperatingError } from '../../errors.ts';
import { hasVersions, insertVersion, NODE_SCHEMA, readVersion, type Schema } from './schema.ts';

export const SCHEMA_VERSION = NODE_SCHEMA.migrations.length;

/** 0 for a database without our tables. */
export async function schemaVersion(client: Client, schema = NODE_SCHEMA): Promise<number> {
  const found = await client.execute(hasVersions(schema.versionsTable));
  if (Number(found.rows[0]?.found) === 0) return 0;
  const read = await client.execute(readVersion(schema.versionsTable));
  return Number(read.rows[0]?.version);
}

/** Throws before anything was changed, so that an older program never harms newer data. */
export function refuseNewer(version: number, database: string, schema = NODE_SCHEMA): void {
  const newest = schema.migrations.length;
  if (version <= newest) return;
  throw new OperatingError(
    'store_newer',
    `Database ${database} has schema version ${version}, but this program knows ` +
      `${newest} at most; update the program or use another database ` +
      '(nothing was changed).',
  );
}

/** Who only reads cannot bring a database to the newest version. */
export function refuseOlder(version: number, database: string, schema: Schema): void {
  const newest = schema.migrations.length;
  if (version >= newest) return;
  throw new OperatingError(
    version === 0 ? 'store_empty' : 'store_older',
    `Database ${database} has schema version ${version}, but this program reads ${newest}; ` +
      'open it for writing once, which brings it there (nothing was changed).',
  );
}

/** A step is a transaction: it happens as a whole or not at all, and another may be first. */
async function migrateStep(
  client: Client,
  version: number,
  nowMs: number,
  schema: Schema,
): Promise<void> {
  const steps = (schema.migrations[version] ?? []).map((sql) => ({ sql, args: [] }));
  const told = insertVersion(version + 1, nowMs, schema.versionsTable);
  try {
    await client.batch([...steps, told], 'write');
  } catch (error) {
    if ((await schemaVersion(client, schema)) <= version) throw error;
  }
}

/** From `known`, the version that it has, if that was asked already. */
export async function migrate(
  client: Client,
  database: string,
  nowMs: number,
  schema = NODE_SCHEMA,
  known?: number,
): Promise<void> {
  let version = known ?? (await schemaVersion(client, schema));
  while (version < schema.migrations.length) {
    await migrateStep(client, version, nowMs, schema);
    version = await schemaVersion(client, schema);
  }
  refuseNewer(version, database, schema);
}
