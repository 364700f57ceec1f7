// Rows in and out of a database: what may be stored, and what a result row means.

import type { Identity, MembershipEvent, Sample } from '../../ports.ts';

type ResultRow = Readonly<Record<string, unknown>>;

/** One unusable row would fail the whole transaction it is in, for ever; it is dropped instead. */
export const isStorableSample = (sample: Sample): boolean =>
  Number.isFinite(sample.value) &&
  Number.isSafeInteger(sample.version) &&
  Number.isSafeInteger(sample.generation) &&
  Number.isSafeInteger(Math.floor(sample.sampledAtMs));

export const isStorableEvent = (event: MembershipEvent): boolean =>
  Number.isSafeInteger(event.generation) && Number.isSafeInteger(Math.floor(event.atMs));

/** A row that does not read as an identity counts as none: the node then starts afresh. */
export function toIdentity(id: string, row: ResultRow | undefined): Identity | undefined {
  if (row === undefined) return undefined;
  try {
    const peers: unknown = JSON.parse(String(row.peers));
    if (!Array.isArray(peers)) return undefined;
    return { id, generation: Number(row.generation), peers: peers.map(String) };
  } catch {
    return undefined;
  }
}
