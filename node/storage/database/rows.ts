// Rows in and out of a database: what may be stored, and what a result row means.

import type { FactOrigin } from '../../core/data/slots.ts';
import type {
  FactChange,
  HistoryEvent,
  Identity,
  MembershipEvent,
  Sample,
  StoredFact,
} from '../../ports.ts';

type ResultRow = Readonly<Record<string, unknown>>;

/** One unusable row would fail the whole transaction it is in, for ever; it is dropped instead. */
export const isStorableSample = (sample: Sample): boolean =>
  Number.isFinite(sample.value) &&
  Number.isSafeInteger(sample.version) &&
  Number.isSafeInteger(sample.generation) &&
  Number.isSafeInteger(Math.floor(sample.sampledAtMs));

export const isStorableEvent = (event: HistoryEvent): boolean =>
  Number.isSafeInteger(event.generation) && Number.isSafeInteger(Math.floor(event.atMs));

export const isFactChange = (event: HistoryEvent): event is FactChange => 'key' in event;

export const isMemberEvent = (event: HistoryEvent): event is MembershipEvent =>
  !isFactChange(event);

/** A row that does not read as an identity counts as none: the node then starts afresh. */
export function toIdentity(id: string, row: ResultRow | undefined): Identity | undefined {
  if (row === undefined) return undefined;
  try {
    const peers: unknown = JSON.parse(String(row.peers));
    if (!Array.isArray(peers)) return undefined;
    const identity = { id, generation: Number(row.generation), peers: peers.map(String) };
    const facts = factsIn(String(row.facts));
    return facts.length === 0 ? identity : { ...identity, facts };
  } catch {
    return undefined;
  }
}

const isOptional = (value: unknown, type: 'number' | 'boolean'): boolean =>
  value === undefined || typeof value === type;

/** What was damaged on the disk is left out. */
function factsIn(text: string): StoredFact[] {
  const all: unknown = JSON.parse(text);
  return Array.isArray(all) ? all.filter(isStoredFact) : [];
}

function isStoredFact(read: unknown): read is StoredFact {
  if (typeof read !== 'object' || read === null) return false;
  const { key, value, priority, ttlMs, endsAtMs, isKept, origin } = read as Partial<StoredFact>;
  return (
    typeof key === 'string' &&
    typeof value === 'string' &&
    Number.isInteger(priority) &&
    isOptional(ttlMs, 'number') &&
    isOptional(endsAtMs, 'number') &&
    isOptional(isKept, 'boolean') &&
    (origin === undefined || isOrigin(origin))
  );
}

const isOrigin = ({ author, generation, version }: FactOrigin): boolean =>
  typeof author === 'string' && Number.isSafeInteger(generation) && Number.isSafeInteger(version);
