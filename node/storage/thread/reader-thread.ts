// One thread that reads, and the questions that it has not answered yet.

import { OperatingError, RAISE_FILES, saysOutOfFiles } from '../../errors.ts';
import type { HistoryQuery } from '../../ports.ts';
import { createCalls } from './calls.ts';
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

export function lostReader(reason: unknown): OperatingError {
  const text = reason instanceof Error ? reason.message : String(reason);
  const fix = saysOutOfFiles(text) ? RAISE_FILES : 'ask again';
  return new OperatingError('store_away', `The thread that reads stopped (${text}); ${fix}.`);
}

/** `onIdle` is told each time that nothing is left to answer. */
export function watchReader(thread: ReaderThread, onIdle: () => void): RunningReader {
  const questions = createCalls<ReadRequest>();
  let reason: unknown;
  thread.unref();
  thread.on('message', (outcome) => {
    if (!questions.isOpen(outcome.call)) return;
    questions.settle(outcome);
    if (questions.count() > 0) return;
    thread.unref();
    onIdle();
  });
  thread.on('error', (error) => {
    reason = error;
  });
  const gone = new Promise<void>((resolve) => {
    thread.on('exit', (code) => {
      questions.failAll(lostReader(reason ?? `exit code ${code}`));
      resolve();
    });
  });

  return {
    read(source, query) {
      const { call, answer } = questions.add({ kind: 'read', source, query });
      thread.ref();
      thread.postMessage(call);
      return { question: call.call, answer: answer as Promise<Answered> };
    },
    stop: (question) => thread.postMessage(questions.number({ kind: 'stop', question })),
    isAsked: questions.isOpen,
    isBusy: () => questions.count() > 0,
    gone,
    end: () => void thread.terminate(),
  };
}
