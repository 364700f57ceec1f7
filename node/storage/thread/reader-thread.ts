// One thread that reads, and the questions that it has not answered yet.

import { OperatingError, RAISE_FILES, saysOutOfFiles } from '../../errors.ts';
import type { HistoryQuery } from '../../ports.ts';
import type { Answered, Outcome, ReadRequest, ReadSource } from './messages.ts';
import type { Thread } from './thread-link.ts';

export type ReaderThread = Thread<ReadRequest, Outcome>;

export interface RunningReader {
  /** `answer` settles when the thread has answered, or ended. */
  read(
    source: ReadSource,
    query: HistoryQuery,
  ): { readonly question: number; readonly answer: Promise<Answered> };
  /** Tells the thread to stop working on it; it answers all the same. */
  stop(question: number): void;
  isAsked(question: number): boolean;
  isBusy(): boolean;
  /** Resolves when the thread is gone. */
  readonly gone: Promise<void>;
  end(): void;
}

interface Question {
  readonly resolve: (points: Answered) => void;
  readonly reject: (problem: OperatingError) => void;
}

export function lostReader(reason: unknown): OperatingError {
  const text = reason instanceof Error ? reason.message : String(reason);
  const fix = saysOutOfFiles(text) ? RAISE_FILES : 'ask again';
  return new OperatingError('store_away', `The thread that reads stopped (${text}); ${fix}.`);
}

/** `onIdle` is told each time that nothing is left to answer. */
export function watchReader(thread: ReaderThread, onIdle: () => void): RunningReader {
  const questions = new Map<number, Question>();
  let lastCall = 0;
  let reason: unknown;
  thread.unref();
  thread.on('message', ({ call, value, error }) => {
    const asked = questions.get(call);
    if (asked === undefined) return;
    questions.delete(call);
    if (error === undefined) asked.resolve(value as Answered);
    else asked.reject(new OperatingError(error.code, error.message));
    if (questions.size > 0) return;
    thread.unref();
    onIdle();
  });
  thread.on('error', (error) => {
    reason = error;
  });
  const gone = new Promise<void>((resolve) => {
    thread.on('exit', (code) => {
      for (const { reject } of questions.values())
        reject(lostReader(reason ?? `exit code ${code}`));
      questions.clear();
      resolve();
    });
  });

  return {
    read(source, query) {
      lastCall += 1;
      const question = lastCall;
      const answer = new Promise<Answered>((resolve, reject) => {
        questions.set(question, { resolve, reject });
      });
      thread.ref();
      thread.postMessage({ call: question, request: { kind: 'read', source, query } });
      return { question, answer };
    },
    stop(question) {
      lastCall += 1;
      thread.postMessage({ call: lastCall, request: { kind: 'stop', question } });
    },
    isAsked: (question) => questions.has(question),
    isBusy: () => questions.size > 0,
    gone,
    end: () => void thread.terminate(),
  };
}
