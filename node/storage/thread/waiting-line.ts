// A line before work that few may do at once: bounded in length and in time, and a caller that
// gives up leaves it.

import { OperatingError } from '../../errors.ts';

export interface WaitingLineOptions {
  readonly atOnce: number;
  /** Beyond these, newcomers are refused. */
  readonly maxWaiting: number;
  /** How long anyone waits for a turn, ms. */
  readonly patienceMs: number;
  /** As in Clock. */
  readonly after: (delayMs: number, callback: () => void) => () => void;
}

export interface WaitingLine {
  /**
   * Does the work when its turn has come. Rejects with an OperatingError `store_busy` when the line
   * is too long or too slow, and with `store_given_up` when the signal ends the waiting.
   */
  pass<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result>;
}

export const givenUp = (): OperatingError =>
  new OperatingError('store_given_up', 'The question was given up by its caller.');

const busy = (): OperatingError =>
  new OperatingError(
    'store_busy',
    'Too many questions about the past are asked at once; ask again in some seconds, or for less.',
  );

export function createWaitingLine(options: WaitingLineOptions): WaitingLine {
  const { atOnce, maxWaiting, patienceMs, after } = options;
  const waiting = new Set<() => void>();
  let working = 0;

  const turn = (signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      const leave = (): void => {
        waiting.delete(enter);
        cancel();
        signal?.removeEventListener('abort', giveUp);
      };
      const enter = (): void => {
        leave();
        working += 1;
        resolve();
      };
      const refuse = (problem: OperatingError): void => {
        leave();
        reject(problem);
      };
      const giveUp = (): void => refuse(givenUp());
      const cancel = after(patienceMs, () => refuse(busy()));
      signal?.addEventListener('abort', giveUp);
      if (signal?.aborted) giveUp();
      else if (working < atOnce) enter();
      else if (waiting.size >= maxWaiting) refuse(busy());
      else waiting.add(enter);
    });

  return {
    async pass(work, signal) {
      await turn(signal);
      try {
        return await work();
      } finally {
        working -= 1;
        const [next] = waiting;
        next?.();
      }
    },
  };
}
