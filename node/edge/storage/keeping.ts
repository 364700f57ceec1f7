// What outlives the memory of an object: one row with the node itself, and its view of all others
// in as many rows as it takes.

import type { LeaveNotice } from '../../core/model.ts';
import { type Past, readPast } from '../../core/snapshot/past.ts';
import { type Moment, snapshotOthers, snapshotSelf } from '../../core/snapshot/snapshot.ts';
import type { State } from '../../core/state.ts';
import { WireError } from '../../core/wire/messages.ts';
import type { KeptUserMetric } from '../../host/user-metrics.ts';
import type { RequestTotals } from '../../probes/edge/requests.ts';
import type { ObjectStorage } from '../platform.ts';
import type { KeptUse } from './budget.ts';

/** The object's own row. */
export interface Kept {
  readonly id: string;
  /** What the run was started with; another means another run. */
  readonly fingerprint: string;
  readonly generation: number;
  /** The node itself, as core/snapshot/snapshot.ts writes it. */
  readonly self: Uint8Array;
  readonly viewParts: number;
  readonly savedAtMs: number;
  /** When its alarm is set for, and when the last one came. */
  readonly alarmAtMs: number;
  readonly roundAtMs: number;
  readonly use: KeptUse;
  readonly totals: RequestTotals | undefined;
  readonly checkedAt: Readonly<Record<string, number>>;
  /** The newest time that a signed call had; none older is taken after a sleep. */
  readonly callsUntilMs: number;
  readonly left: LeaveNotice | undefined;
  /** Absent in rows of earlier releases. */
  readonly userMetrics?: readonly KeptUserMetric[];
}

const ROW = 'node';
/** A value may have 2 MB, its key and the runtime's own marks included. */
const PART_BYTES = 1_900_000;
const partKey = (index: number): string => `view/${index}`;

export interface Keeping {
  readonly kept: Kept | undefined;
  /** Half a row for the node itself; what is left out stays as it is. */
  save(state: State, moment: Moment, changed: Partial<Kept>): void;
  /** The view of all others; returns how many rows it took. */
  saveView(state: State, moment: Moment): number;
}

/** `onRows` is told how many rows were written. */
export function createKeeping(storage: ObjectStorage, onRows: (rows: number) => void): Keeping {
  let kept = storage.kv.get<Kept>(ROW);
  return {
    get kept() {
      return kept;
    },
    save(state, moment, changed) {
      const { id, generation } = state.self;
      const before = kept ?? FIRST;
      kept = { ...before, ...changed, id, generation, self: snapshotSelf(state, moment) };
      storage.kv.put(ROW, kept);
      onRows(1);
    },
    saveView(state, moment) {
      const parts = snapshotOthers(state, PART_BYTES, moment);
      const before = kept?.viewParts ?? 0;
      parts.forEach((part, index) => {
        storage.kv.put(partKey(index), part);
      });
      for (let index = parts.length; index < before; index++) storage.kv.delete(partKey(index));
      if (kept !== undefined) kept = { ...kept, viewParts: parts.length };
      const rows = Math.max(before, parts.length);
      onRows(rows);
      return rows;
    },
  };
}

const FIRST: Kept = {
  ...{ id: '', fingerprint: '', generation: 0, self: new Uint8Array(), viewParts: 0 },
  ...{ savedAtMs: 0, alarmAtMs: 0, roundAtMs: 0, callsUntilMs: 0, checkedAt: {}, left: undefined },
  ...{ use: { day: 0, requests: 0, rowsWritten: 0, awakeMs: 0 }, totals: undefined },
};

/** The past that the rows hold, or the sentence that says why there is none. */
export function pastOf(
  storage: ObjectStorage,
  kept: Kept | undefined,
  cluster: string,
): Past | string | undefined {
  if (kept === undefined || kept.self.length === 0) return undefined;
  const keys = Array.from({ length: kept.viewParts }, (_, index) => partKey(index));
  const parts = keys.map((key) => storage.kv.get<Uint8Array>(key) ?? new Uint8Array());
  try {
    return readPast(kept.self, parts, { id: kept.id, cluster });
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return `What ${kept.id} kept of its view cannot be used (${error.message}); it starts empty.`;
  }
}
