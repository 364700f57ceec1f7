// One run of a store's work on its server: what waits in the spool goes there in order, a request
// at a time, and now and then what is too old on the server goes.

import type { Client } from '@libsql/client';
import type { Identity } from '../../ports.ts';
import { type Backlog, createIdentities, type Rows, statementsFor } from '../database/backlog.ts';
import type { Connection } from '../database/connection.ts';
import { type CareOptions, createCare } from '../retention/maintenance.ts';
import type { Spool } from './spool.ts';

export type ShippingOptions = CareOptions;

export interface ShippingParts {
  readonly connection: Connection;
  readonly spool: Spool;
  readonly backlog: Backlog;
  /** Rows cannot get into the spool, so they go to the server as they are. */
  isSpoolAway(): boolean;
}

export interface Shipping {
  /** Of this node, for the server; replaces what waits. */
  keepIdentity(identity: Identity): void;
  hasWork(): boolean;
  run(): Promise<void>;
  /** Of the server, as of the last look. */
  databaseBytes(): number;
  /** Rows that the server has acknowledged. */
  writtenRows(): number;
  /** What is amiss although rows arrive. */
  problem(): string | undefined;
  /** As in Store. */
  noteSkew(skewMs: number | undefined): void;
}

/** The server's age and size are looked at this often, ms: every node of a fleet does so. */
const CARE_EVERY_MS = 300_000;

export function createShipping(options: ShippingOptions, parts: ShippingParts): Shipping {
  const { clock, observer = '' } = options;
  const { connection, spool, backlog } = parts;
  const identities = createIdentities();
  const care = createCare(options, connection.isLocal, CARE_EVERY_MS);
  let databaseBytes = 0;
  let writtenRows = 0;

  const send = async (client: Client, rows: Omit<Rows, 'identities'>): Promise<void> => {
    const owners = care.leftToOwners();
    const samples = rows.samples.filter(({ node }) => !owners.has(node));
    const all = { ...rows, samples, identities: identities.all() };
    await client.batch(statementsFor(all, observer, clock.wallMs()), 'write');
    identities.written(all.identities);
    // What is left to its owner is there as well.
    writtenRows += rows.samples.length + rows.events.length;
  };

  const shipSpool = async (client: Client): Promise<void> => {
    for (;;) {
      const waiting = await spool.oldest();
      if (waiting === undefined) break;
      await send(client, waiting);
      spool.acknowledge(waiting);
    }
  };

  const ship = async (client: Client): Promise<void> => {
    // A spool that fails says so where rows are put into it.
    if (parts.isSpoolAway()) {
      await backlog.passOn((rows) => send(client, rows));
    } else await shipSpool(client);
    if (identities.all().length > 0) await send(client, { samples: [], events: [] });
  };

  return {
    keepIdentity: identities.keep,
    hasWork: () =>
      spool.counts().rows > 0 || !backlog.isEmpty() || identities.all().length > 0 || care.isDue(),
    run: () =>
      connection.write(async (client) => {
        const isDue = care.isDue();
        if (isDue) await care.byAge(client);
        await ship(client);
        if (isDue) databaseBytes = await care.bySize(client);
      }),
    databaseBytes: () => databaseBytes,
    writtenRows: () => writtenRows,
    problem: care.problem,
    noteSkew: care.noteSkew,
  };
}
