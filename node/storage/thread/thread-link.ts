// Calls into a thread and their answers; a thread that ends is started again, ever more slowly
// while that keeps happening, and its open calls fail.

import { OperatingError } from '../../errors.ts';
import { createCalls } from './calls.ts';
import { type Answer, type Call, NO_DRIVER, type Outcome, type Request } from './messages.ts';

/** What is needed of a worker thread; if not told otherwise, of one for nodes' stores. */
export interface Thread<Asked = Request, Told extends Outcome = Answer> {
  postMessage(call: Call<Asked>): void;
  on(event: 'message', listener: (answer: Told) => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
  /** A thread keeps its process alive between these two, and only then. */
  ref(): void;
  unref(): void;
  terminate(): Promise<number>;
}

export interface ThreadLinkOptions<Asked, Told extends Outcome> {
  /** May throw. */
  readonly start: () => Thread<Asked, Told>;
  /** As in Clock; must not keep the process alive. */
  readonly after: (delayMs: number, callback: () => void) => () => void;
  /** Pause before a thread that ended is started again, ms; it doubles up to a minute. */
  readonly restartMs: number;
  /** How long a call may take, ms. */
  readonly callTimeoutMs: number;
  /** Calls that last until the thread answers or ends, such as those that carry rows. */
  readonly isPatient: (request: Asked) => boolean;
  /** What is not stored while the thread is away. */
  readonly stored: string;
  /** Before the call itself learns of it. */
  readonly onAnswer: (answer: Told) => void;
  readonly onLost: (problem: string) => void;
  readonly onRestarted: () => void;
}

export interface ThreadLink<Asked> {
  /** Rejects with an OperatingError when the thread is away, busy or too slow. */
  call(request: Asked): Promise<unknown>;
  restarts(): number;
  end(): Promise<void>;
}

/** A thread that lived this long was sound: the pauses start from the short one again. */
const MAX_RESTART_MS = 60_000;
/** Calls under way at most; readers come from outside, so they are bounded. */
const MAX_CALLS = 1_000;

const SLOW = 'The storage thread does not answer; the disk may be slow, try again later.';
const BUSY = 'The storage thread is busy; ask again in a second.';

export function createThreadLink<Asked, Told extends Outcome>(
  options: ThreadLinkOptions<Asked, Told>,
): ThreadLink<Asked> {
  const calls = createCalls<Asked>((request, late) =>
    options.isPatient(request)
      ? () => undefined
      : options.after(options.callTimeoutMs, () => late(new OperatingError('store_slow', SLOW))),
  );
  let thread: Thread<Asked, Told> | undefined;
  let problem = 'The storage thread was not started.';
  let pauseMs = options.restartMs;
  let restarts = 0;
  let isStarted = false;
  let isEnded = false;
  let cancelRestart = (): void => undefined;

  const lose = (reason: string): void => {
    thread = undefined;
    problem =
      `The storage thread stopped (${reason}); it starts again in ${pauseMs / 1000} s, ` +
      `and ${options.stored} are not stored until then.`;
    if (isEnded) problem = 'The storage thread was ended.';
    calls.failAll(new OperatingError('store_away', problem));
    if (isEnded) return;
    options.onLost(problem);
    cancelRestart = options.after(pauseMs, () => {
      restarts += 1;
      start();
      if (thread !== undefined) options.onRestarted();
    });
    pauseMs = Math.min(pauseMs * 2, MAX_RESTART_MS);
  };

  const attach = (started: Thread<Asked, Told>): void => {
    let reason: string | undefined;
    const cancelReset = options.after(MAX_RESTART_MS, () => {
      pauseMs = options.restartMs;
    });
    // What kept the driver from loading may be over; this thread would never know.
    const giveUp = (why: string): void => {
      reason = why.replace(/\.$/, '');
      void started.terminate();
    };
    started.unref();
    started.on('message', (answer) => {
      if (answer.error?.code === NO_DRIVER) return giveUp(answer.error.message);
      options.onAnswer(answer);
      calls.settle(answer);
      if (calls.count() === 0) started.unref();
    });
    started.on('error', (error) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    started.on('exit', (code) => {
      cancelReset();
      lose(reason ?? `exit code ${code}`);
    });
  };

  const start = (): void => {
    isStarted = true;
    try {
      thread = options.start();
      attach(thread);
    } catch (error) {
      lose(error instanceof Error ? error.message : String(error));
    }
  };

  return {
    async call(request) {
      if (!isStarted && !isEnded) start();
      if (thread === undefined) throw new OperatingError('store_away', problem);
      if (calls.count() >= MAX_CALLS) {
        throw new OperatingError('store_busy', BUSY);
      }
      const { call, answer } = calls.add(request);
      thread.ref();
      thread.postMessage(call);
      return answer;
    },
    restarts: () => restarts,
    async end() {
      isEnded = true;
      cancelRestart();
      await thread?.terminate();
    },
  };
}
