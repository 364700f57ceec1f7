// Rows on their way from a running experiment into the database. Adding never waits and never
// throws; what a run lost, its own end learns.

import { OperatingError } from '../../errors.ts';
import { after } from '../thread/start.ts';
import { createBatches, statementsFor } from './batches.ts';
import type { Database } from './database.ts';
import type { FreshRows } from './rows.ts';

export interface Outgoing {
  add(runId: number, rows: FreshRows): void;
  /**
   * Resolves when all that was added is written. Rejects when rows were lost, of this run or, if
   * none is named, of any; each loss is told once. What still waits when the database fails is
   * given up, so that the next run starts with an empty queue.
   */
  flush(runId?: number): Promise<void>;
}

export interface OutgoingOptions {
  /** Rows that wait at most; some 300 bytes of memory each. */
  readonly maxWaitingRows?: number;
  /** How long rows wait for more of them, ms. */
  readonly waitMs?: number;
}

/** Between two attempts while nobody waits for the end, ms. */
const RETRY_MS = 2_000;

const toProblem = (error: unknown): OperatingError => {
  if (error instanceof OperatingError) return error;
  throw error;
};

/** What runs lost, until they are told. */
function createLosses() {
  const losses = new Map<number, OperatingError>();
  return {
    /** The first reason is the one to tell. */
    note(runId: number, problem: OperatingError): void {
      if (!losses.has(runId)) losses.set(runId, problem);
    },
    take(runId: number | undefined): OperatingError | undefined {
      const [first] = runId === undefined ? losses.keys() : [runId];
      const found = first === undefined ? undefined : losses.get(first);
      if (runId === undefined) losses.clear();
      else losses.delete(runId);
      return found;
    },
  };
}

const lostRows = (rows: number, problem: OperatingError): OperatingError =>
  new OperatingError(
    problem.code,
    `${rows.toLocaleString('en')} rows of the run were lost: ${problem.message}`,
    { cause: problem },
  );

const tooMany = (maxRows: number): OperatingError =>
  new OperatingError(
    'results_behind',
    `Rows of the run were lost, for ${maxRows.toLocaleString('en')} were waiting already: ` +
      'the database is too slow or away; put it on a faster disk.',
  );

export function createOutgoing(write: Database['write'], options: OutgoingOptions = {}): Outgoing {
  const { maxWaitingRows = 1_000_000, waitMs = 1_000 } = options;
  const losses = createLosses();
  const overflow = tooMany(maxWaitingRows);
  const batches = createBatches(maxWaitingRows, (runId) => losses.note(runId, overflow));
  let sending: Promise<void> | undefined;
  let cancelTimer: (() => void) | undefined;

  const send = async (): Promise<void> => {
    while (batches.length > 0) {
      const batch = batches.take();
      const statements = statementsFor(batch, (runId, error) =>
        losses.note(runId, toProblem(error)),
      );
      try {
        await write(statements);
      } catch (error) {
        batches.putBack(batch);
        throw error;
      }
    }
  };

  /** One at a time: a batch goes when the one before has arrived. */
  const drain = (): Promise<void> => {
    cancelTimer?.();
    cancelTimer = undefined;
    sending ??= send().finally(() => {
      sending = undefined;
    });
    return sending;
  };

  const drainLater = (delayMs: number): void => {
    cancelTimer ??= after(delayMs, () => {
      drain().catch(() => drainLater(RETRY_MS));
    });
  };

  const giveUp = (problem: OperatingError): void => {
    for (const [runId, rows] of batches.clear()) losses.note(runId, lostRows(rows, problem));
  };

  return {
    add(runId, rows) {
      batches.add(runId, rows);
      if (sending === undefined && batches.length > 0) drainLater(waitMs);
    },
    async flush(runId) {
      try {
        // The attempt under way may be one that fails for a reason that has passed.
        await sending?.catch(() => undefined);
        await drain();
      } catch (error) {
        giveUp(toProblem(error));
      }
      const loss = losses.take(runId);
      if (loss !== undefined) throw loss;
    },
  };
}
