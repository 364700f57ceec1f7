// Questions about the past, asked in a thread of their own: it starts with the first one and ends
// some seconds after the last, so that a node that is not asked pays nothing for it.

import { OperatingError } from '../../errors.ts';
import type { HistoryQuery } from '../../ports.ts';
import { type Answered, NO_DRIVER, type ReadSource } from './messages.ts';
import { lostReader, type ReaderThread, type RunningReader, watchReader } from './reader-thread.ts';
import { createWaitingLine, givenUp } from './waiting-line.ts';

export interface ReaderOptions {
  /** May throw. */
  readonly start: () => ReaderThread;
  /** As in Clock; must not keep the process alive. */
  readonly after: (delayMs: number, callback: () => void) => () => void;
  /** How long an answer may take, and how long a question waits for its turn, ms. */
  readonly answerMs: number;
  /** The thread ends when nobody asked for so long, ms. */
  readonly idleMs?: number;
}

export interface Reader {
  /**
   * Rejects with an OperatingError: `store_busy` when too many ask, `store_slow` when the answer
   * takes too long, `store_given_up` when the signal ended it. Both of these interrupt the work.
   */
  ask(source: ReadSource, query: HistoryQuery, signal?: AbortSignal): Promise<Answered>;
  /** For what is asked elsewhere, of a server: it waits in the same line. */
  inLine(work: () => Promise<Answered>, signal?: AbortSignal): Promise<Answered>;
  /** Whether there is a thread now. */
  isAwake(): boolean;
  /** The thread ends with its last answer: who writes may need the files for itself. */
  letGo(): void;
  close(): Promise<void>;
}

const IDLE_MS = 10_000;
/** Two, so that a short question need not wait until a long one is answered. */
const AT_ONCE = 2;
const MAX_WAITING = 32;
/** A thread that still works so long after it was told to stop is held by one statement, ms. */
const STOP_MS = 2_000;

const slow = (): OperatingError =>
  new OperatingError(
    'store_slow',
    'The question takes too long; ask for a shorter time, for one node or metric, or for a ' +
      'wider step.',
  );

/** A thread when there is something to ask, none after a while without. */
function createSleeper({ start, after, idleMs = IDLE_MS }: ReaderOptions) {
  let running: RunningReader | undefined;
  let ending: Promise<void> = Promise.resolve();
  let cancelIdle = (): void => undefined;

  const end = (): Promise<void> => {
    cancelIdle();
    if (running === undefined) return ending;
    ending = running.gone;
    running.end();
    running = undefined;
    return ending;
  };

  const begin = (): RunningReader => {
    try {
      const begun = watchReader(start(), () => {
        if (running === begun) cancelIdle = after(idleMs, () => void end());
        else begun.end();
      });
      running = begun;
      void begun.gone.then(() => {
        if (running === begun) running = undefined;
      });
      return begun;
    } catch (error) {
      throw lostReader(error);
    }
  };

  return {
    isAwake: () => running !== undefined,
    async awaken(): Promise<RunningReader> {
      cancelIdle();
      // One that is held by a statement works on until that ends; a second would only add to it.
      await ending;
      return running ?? begin();
    },
    letGo(): void {
      if (running?.isBusy()) {
        ending = running.gone;
        running = undefined;
      } else void end();
    },
    endIf(reader: RunningReader): void {
      if (running === reader) void end();
      else reader.end();
    },
    end,
  };
}

export function createReader(options: ReaderOptions): Reader {
  const { after, answerMs } = options;
  const line = createWaitingLine({
    atOnce: AT_ONCE,
    maxWaiting: MAX_WAITING,
    patienceMs: answerMs,
    after,
  });
  const sleeper = createSleeper(options);
  let isClosed = false;

  /** Resolves when the thread is done with it; `refuse` is told when nobody should wait longer. */
  const read = async (
    source: ReadSource,
    query: HistoryQuery,
    signal: AbortSignal | undefined,
    refuse: (problem: OperatingError) => void,
  ): Promise<Answered> => {
    if (isClosed) throw new OperatingError('store_closed', 'The store is closed.');
    const reader = await sleeper.awaken();
    if (signal?.aborted) throw givenUp();
    const { question, answer } = reader.read(source, query);
    const interrupt = (problem: OperatingError): void => {
      refuse(problem);
      reader.stop(question);
      after(STOP_MS, () => {
        if (reader.isAsked(question)) sleeper.endIf(reader);
      });
    };
    const giveUp = (): void => interrupt(givenUp());
    const cancelLate = after(answerMs, () => interrupt(slow()));
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      return await answer;
    } catch (error) {
      // What kept the driver from loading may be over; this thread would never know.
      if (error instanceof OperatingError && error.code === NO_DRIVER) sleeper.endIf(reader);
      throw error;
    } finally {
      cancelLate();
      signal?.removeEventListener('abort', giveUp);
    }
  };

  return {
    ask: (source, query, signal) =>
      new Promise((resolve, reject) => {
        line.pass(() => read(source, query, signal, reject), signal).then(resolve, reject);
      }),
    inLine: line.pass,
    isAwake: sleeper.isAwake,
    letGo: sleeper.letGo,
    close() {
      isClosed = true;
      return sleeper.end();
    },
  };
}
