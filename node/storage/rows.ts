// Rows in and out of a database: what may be stored, and what a result row means.

import type { HistoryPoint, Identity, MembershipEvent, Sample } from '../ports.ts';

type ResultRow = Readonly<Record<string, unknown>>;

/** One unusable row would fail the whole transaction it is in, for ever; it is dropped instead. */
export const isStorableSample = (sample: Sample): boolean =>
  Number.isFinite(sample.value) &&
  Number.isSafeInteger(sample.version) &&
  Number.isSafeInteger(sample.generation) &&
  Number.isSafeInteger(Math.floor(sample.sampledAtMs));

export const isStorableEvent = (event: MembershipEvent): boolean =>
  Number.isSafeInteger(event.generation) && Number.isSafeInteger(Math.floor(event.atMs));

/** Statements answer newest first, so that a limit keeps the newest; readers get time's order. */
export const toHistoryPoints = (rows: readonly ResultRow[]): HistoryPoint[] =>
  rows
    .map((row) => ({
      node: String(row.node),
      metric: String(row.metric),
      unit: String(row.unit),
      atMs: Number(row.atMs),
      min: Number(row.min),
      avg: Number(row.avg),
      max: Number(row.max),
      count: Number(row.count),
    }))
    .reverse();

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
