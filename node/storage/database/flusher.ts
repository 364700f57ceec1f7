// Repeats a piece of work every few seconds, one run at a time, and less and less often while it
// fails; remembers why it failed until it succeeds. Nothing but `run` tries again before its time,
// so that a problem which is over with the next attempt is told for a while all the same.

import type { Clock } from '../../ports.ts';

export interface FlusherOptions {
  readonly clock: Clock;
  /** Time between two runs, ms. */
  readonly flushMs?: number;
  /** Longest pause between two attempts while the work fails, ms; it doubles up to here. */
  readonly maxRetryMs?: number;
  /** Longest time that anyone waits for a run, ms. */
  readonly patienceMs?: number;
}

export interface Flusher {
  /** The sentence of the last failure; undefined while all is well. */
  problem(): string | undefined;
  fail(problem: string): void;
  /** Runs after the current run and resolves when done, successful or not. */
  run(): Promise<void>;
  /** The same, but not when the current run fails: then time alone decides. */
  runInTurn(): Promise<void>;
  /** Runs soon, without waiting for its time; not while it fails: then time alone decides. */
  hurry(): void;
  /** The result, or undefined when it did not come within the patience. */
  withPatience<Result>(work: Promise<Result>, patienceMs?: number): Promise<Result | undefined>;
  /** `afterRun` follows each run of the timer, and each that was hurried. */
  start(afterRun?: () => void): void;
  stop(): void;
}

export function createFlusher(
  options: FlusherOptions,
  work: () => Promise<void>,
  explain: (error: unknown) => string,
): Flusher {
  const { clock, flushMs = 5_000, maxRetryMs = 60_000, patienceMs = 1_000 } = options;
  let problem: string | undefined;
  let pauseMs = flushMs;
  let last: Promise<void> = Promise.resolve();
  let isStarted = false;
  let isStopped = false;
  let isHurried = false;
  let failures = 0;
  let followRun = (): void => undefined;
  let cancelTimer = (): void => undefined;

  const attempt = async (): Promise<void> => {
    isHurried = false;
    try {
      await work();
      problem = undefined;
      pauseMs = flushMs;
    } catch (error) {
      problem = explain(error);
      pauseMs = Math.min(pauseMs * 2, maxRetryMs);
      failures += 1;
      if (isStarted) wait();
    }
  };

  const run = (): Promise<void> => {
    last = last.then(attempt);
    return last;
  };

  const runInTurn = (): Promise<void> => {
    const before = failures;
    last = last.then(() => {
      isHurried = false;
      return failures === before ? attempt() : undefined;
    });
    return last;
  };

  const wait = (): void => {
    cancelTimer();
    if (isStopped) return;
    cancelTimer = clock.after(pauseMs, () => {
      runInTurn().then(() => {
        followRun();
        wait();
      });
    });
  };

  return {
    problem: () => problem,
    fail(sentence) {
      problem = sentence;
    },
    run,
    runInTurn,
    hurry() {
      if (isHurried || isStopped || problem !== undefined) return;
      isHurried = true;
      runInTurn().then(followRun);
    },
    withPatience: (result, longestMs = patienceMs) =>
      new Promise((resolve, reject) => {
        const cancel = clock.after(longestMs, () => resolve(undefined));
        result.then(resolve, reject).finally(cancel);
      }),
    start(afterRun = () => undefined) {
      followRun = afterRun;
      isStarted = true;
      wait();
    },
    stop() {
      isStopped = true;
      cancelTimer();
    },
  };
}
