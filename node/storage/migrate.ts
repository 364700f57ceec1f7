// Brings a database to the newest version, one numbered step and one transaction at a time.

import type { Client } from '@libsql/client';
import { OperatingError } from '../errors.ts';
import { hasVersions, insertVersion, MIGRATIONS, readVersion } from './schema.ts';

export const SCHEMA_VERSION = MIGRATIONS.length;

/** 0 for a database without our tables. */
export async function schemaVersion(client: Client): Promise<number> {
  const found = await client.execute(hasVersions());
  if (Number(found.rows[0]?.found) === 0) return 0;
  const read = await client.execute(readVersion());
  return Number(read.rows[0]?.version);
}

/** Throws before anything was changed, so that an older program never harms newer data. */
export function refuseNewer(version: number, database: string): void {
  if (version <= SCHEMA_VERSION) return;
  throw new OperatingError(
    'store_newer',
    `Database ${database} has schema version ${version}, but this program knows ` +
      `${SCHEMA_VERSION} at most; update the program or use another database ` +
      '(nothing was changed).',
  );
}

/** A step is a transaction: it happens as a whole or not at all, and another node may be first. */
async function migrateStep(client: Client, version: number, nowMs: number): Promise<void> {
  const steps = (MIGRATIONS[version] ?? []).map((sql) => ({ sql, args: [] }));
  try {
    await client.batch([...steps, insertVersion(version + 1, nowMs)], 'write');
  } catch (error) {
    if ((await schemaVersion(client)) <= version) throw error;
  }
}

export async function migrate(client: Client, database: string, nowMs: number): Promise<void> {
  let version = await schemaVersion(client);
  while (version < SCHEMA_VERSION) {
    await migrateStep(client, version, nowMs);
    version = await schemaVersion(client);
  }
  refuseNewer(version, database);
}
