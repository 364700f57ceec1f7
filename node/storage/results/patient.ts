// A database of results that is waited for: what failed because it is locked, or its server away,
// is tried again for a stated time, and the experiment is told.

import { setTimeout as sleep } from 'node:timers/promises';
import { OperatingError } from '../../errors.ts';
import { clock } from '../thread/system.ts';
import type { Cells, Database } from './database.ts';

export interface Patience {
  /** Told when waiting begins, now and then while it lasts, and when it was worth it. */
  readonly onLine: (line: string) => void;
  /** Ends the waiting: who is told to stop should not take minutes. */
  readonly signal?: AbortSignal;
  /** How long a database that another program has locked is waited for, ms. */
  readonly lockedMs?: number;
  /** The same for a server that does not answer. */
  readonly awayMs?: number;
  /** The first pause between two attempts, ms; it doubles up to 5 s. */
  readonly pauseMs?: number;
}

export interface PatientDatabase extends Omit<Database, 'write'> {
  /** For statements that change nothing when they are done again: an answer may have been lost. */
  write: Database['write'];
  /** For others: these are done again only if the database was locked and did not take them. */
  writeOnce: Database['write'];
  bePatient(patience: Patience): void;
}

/** Longer than a backup or somebody's transaction by hand. */
const LOCKED_MS = 60_000;
/** Longer than a server takes to be upgraded or to start on another machine. */
const AWAY_MS = 300_000;
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 5_000;
/** Between two words about the same wait. */
const TELL_EVERY_MS = 15_000;

const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`;

/** True when the time has passed, false when the signal came first. */
const pause = (delayMs: number, signal: AbortSignal | undefined): Promise<boolean> =>
  sleep(delayMs, true, { ...(signal && { signal }) }).catch(() => false);

/** One wait at a time is told of, however many wait for the same database. */
function createTelling() {
  let toldAtMs: number | undefined;
  let sinceMs = 0;
  return {
    waits(problem: OperatingError, nowMs: number, longestMs: number, tell: Patience['onLine']) {
      if (toldAtMs !== undefined && nowMs - toldAtMs < TELL_EVERY_MS) return;
      if (toldAtMs === undefined) {
        sinceMs = nowMs;
        tell(`Results wait, for up to ${seconds(longestMs)}: ${problem.message}`);
      } else {
        tell(`Results still wait, since ${seconds(nowMs - sinceMs)} of ${seconds(longestMs)}.`);
      }
      toldAtMs = nowMs;
    },
    works(nowMs: number, tell: Patience['onLine']) {
      if (toldAtMs !== undefined) {
        tell(`The database of results works again, after ${seconds(nowMs - sinceMs)}.`);
      }
      toldAtMs = undefined;
    },
  };
}

const givenUp = (problem: OperatingError, waitedMs: number): OperatingError =>
  new OperatingError(
    problem.code,
    `${problem.message} It was waited for ${seconds(waitedMs)}; when it is back, ` +
      'npm run experiment -- FILE --resume goes on.',
    { cause: problem },
  );

export function createPatientDatabase(database: Database): PatientDatabase {
  let patience: Patience | undefined;
  /** Nobody waits twice for a database that is not coming back. */
  let isGivenUp = false;
  const telling = createTelling();

  /** How long such a failure may last, ms; 0: not at all. */
  const longestFor = (error: unknown, isRepeatable: boolean): number => {
    if (!(error instanceof OperatingError) || patience === undefined || isGivenUp) return 0;
    if (patience.signal?.aborted) return 0;
    if (error.code === 'store_locked') return patience.lockedMs ?? LOCKED_MS;
    return error.code === 'store_away' && isRepeatable ? (patience.awayMs ?? AWAY_MS) : 0;
  };

  const attempt = async <Result>(
    work: () => Promise<Result>,
    isRepeatable: boolean,
  ): Promise<Result> => {
    const beganMs = clock.monotonicMs();
    let pauseMs = patience?.pauseMs ?? FIRST_PAUSE_MS;
    for (; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
      try {
        const result = await work();
        isGivenUp = false;
        telling.works(clock.monotonicMs(), patience?.onLine ?? (() => undefined));
        return result;
      } catch (error) {
        const longestMs = longestFor(error, isRepeatable);
        if (longestMs === 0 || !(error instanceof OperatingError)) throw error;
        const nowMs = clock.monotonicMs();
        telling.waits(error, nowMs, longestMs, patience?.onLine ?? (() => undefined));
        const leftMs = beganMs + longestMs - nowMs;
        if (leftMs > 0 && (await pause(Math.min(pauseMs, leftMs), patience?.signal))) continue;
        isGivenUp = true;
        throw givenUp(error, nowMs - beganMs);
      }
    }
  };

  return {
    ...database,
    read: (statement) => attempt<Cells[]>(() => database.read(statement), true),
    write: (statements) => attempt<Cells[][]>(() => database.write(statements), true),
    writeOnce: (statements) => attempt<Cells[][]>(() => database.write(statements), false),
    bePatient(given) {
      patience = given;
    },
  };
}
