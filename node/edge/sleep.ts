// Between an object's happenings: what it knows is kept, its alarm set for when it is needed next,
// and nothing is left that would keep it awake.

import type { LeaveNotice } from '../core/model.ts';
import type { State } from '../core/state.ts';
import type { EdgeClock } from './clock.ts';
import type { ObjectStorage } from './platform.ts';
import type { Budget } from './storage/budget.ts';
import type { Keeping, Kept } from './storage/keeping.ts';
import type { EdgeStore } from './storage/store.ts';

export interface SleepOptions {
  readonly storage: ObjectStorage;
  readonly clock: EdgeClock;
  readonly keeping: Keeping;
  readonly store: EdgeStore;
  readonly budget: Budget;
  /** Shortest round that was asked for, ms. */
  readonly roundMs: number;
  /** Of the engine, once it has handled something. */
  readonly state: () => State | undefined;
  /** What the row has besides, as it is now. */
  readonly rest: () => Partial<Kept>;
  /** Told why nothing can be kept; the node goes on. */
  readonly onProblem: (why: string) => void;
}

export interface Sleep {
  /** An alarm has come: how late, ms; the next is not set yet. */
  alarmed(): number;
  /** The node published: its own count of versions must not be lost once others hear of it. */
  published(): void;
  /** Sets the alarm and keeps what changed; often called, it keeps less often, unless told to. */
  prepare(keepsNow: boolean): Promise<void>;
  /** For good, or until the time that was said. */
  leave(notice: LeaveNotice): Promise<void>;
}

/** Calls may follow one another fast; what they brought is kept once in this time at most. */
const KEEP_MS = 10_000;
/** Cloudflare ends the memory of an object that nobody calls for 10 s. */
const AWAKE_MS = 9_000;
/** Who may be asleep before its alarm keeps what it has more often. */
const KEEP_BEFORE_SLEEP_MS = 2_000;
/** Who was heard when is no change of a view; it is kept this often. */
const VIEW_MS = 60_000;
/** A shift of the alarm by less than this is not worth a row. */
const SAME_MS = 50;
/** Where nothing is due at all, a look now and then. */
const IDLE_MS = 600_000;

export function createSleep(options: SleepOptions): Sleep {
  const { storage, clock, keeping, store, budget, state } = options;
  let alarmAtMs: number | undefined;
  // Counted from its last alarm, or who is called between them would never have another.
  let roundAtMs = keeping.kept?.roundAtMs ?? clock.wallMs();
  let keptAtMs = Number.NEGATIVE_INFINITY;
  let viewDueMs = 0;
  let viewRevision = 0;
  let viewKeptMs = 0;

  const moment = () => ({ now: clock.monotonicMs(), wallMs: clock.wallMs() });
  /** Later than the node would like where its day's share demands it. */
  const nextAlarm = (): number => {
    const dueAt = clock.nextDueAt();
    const now = clock.wallMs();
    const due = Number.isFinite(dueAt) ? now + dueAt - clock.monotonicMs() : now + IDLE_MS;
    const shortestMs = budget.shortestRoundMs();
    const floor = shortestMs > options.roundMs ? roundAtMs + shortestMs : 0;
    return Math.ceil(Math.max(due, floor, now + 1));
  };
  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      options.onProblem(error instanceof Error ? error.message : String(error));
    }
  };
  const keepAll = (held: State, changed: Partial<Kept>): void => {
    store.write();
    const now = clock.wallMs();
    const hasChanged = held.revision !== viewRevision || now - viewKeptMs >= VIEW_MS;
    if (hasChanged && now >= viewDueMs) {
      const rows = keeping.saveView(held, moment());
      viewRevision = held.revision;
      viewKeptMs = now;
      // A view of many rows is written as much more seldom.
      viewDueMs = now + (rows - 1) * options.roundMs;
    }
    keptAtMs = now;
    keeping.save(held, moment(), { ...options.rest(), savedAtMs: now, roundAtMs, ...changed });
  };
  const keep = (held: State, changed: Partial<Kept>): void => attempt(() => keepAll(held, changed));
  const setAlarm = async (atMs: number): Promise<void> => {
    alarmAtMs = atMs;
    budget.count({ rowsWritten: 1 });
    try {
      await storage.setAlarm(atMs);
    } catch (error) {
      // Whatever happens next has to try again, for there is no alarm that would.
      alarmAtMs = undefined;
      throw error;
    }
  };

  return {
    alarmed() {
      const plannedMs = alarmAtMs ?? keeping.kept?.alarmAtMs ?? 0;
      alarmAtMs = undefined;
      roundAtMs = clock.wallMs();
      return plannedMs === 0 ? 0 : Math.max(0, roundAtMs - plannedMs);
    },
    published() {
      const held = state();
      if (held !== undefined) attempt(() => keeping.save(held, moment(), options.rest()));
    },
    async prepare(keepsNow) {
      const held = state();
      if (held === undefined) return;
      const atMs = nextAlarm();
      alarmAtMs ??= (await storage.getAlarm()) ?? undefined;
      // One that comes earlier, be it by a millisecond, finds nothing due.
      const isSame = alarmAtMs !== undefined && alarmAtMs >= atMs && alarmAtMs - atMs <= SAME_MS;
      const moves = !isSame;
      const alarm = moves ? atMs : (alarmAtMs ?? atMs);
      const now = clock.wallMs();
      const keepMs = alarm - now > AWAKE_MS ? KEEP_BEFORE_SLEEP_MS : KEEP_MS;
      if (keepsNow || moves || now - keptAtMs >= keepMs) keep(held, { alarmAtMs: alarm });
      if (moves) await setAlarm(atMs);
    },
    async leave(notice) {
      const held = state();
      if (held !== undefined) keep(held, { left: notice, alarmAtMs: 0 });
      if (notice.returnsAtWall === undefined) await storage.deleteAlarm();
      else await setAlarm(notice.returnsAtWall);
    },
  };
}
