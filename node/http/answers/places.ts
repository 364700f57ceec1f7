// Who has how many long answers under way. Charts that a page asks for at once wait for each other;
// a reader that reads nothing takes no more than its share.

import type { Clock } from '../../ports.ts';
import { type Problem, tooBusy } from './problem.ts';

/** Long answers under way at once; each holds a slice and its place in the view. */
const MAX_LONG = 16;
const MAX_LONG_OF_ONE = 4;
/** Those that wait for a place hold what they are made of, half a megabyte at most. */
const MAX_WAITING = 32;
const MAX_WAITING_OF_ONE = 20;
const PATIENCE_MS = 5_000;

export interface Places {
  /**
   * Resolves with how to leave again. Rejects with a Problem when too many wait, when there is no
   * place in time, and when the signal says that nobody waits any more.
   */
  enter(caller: string, signal: AbortSignal): Promise<() => void>;
}

interface Waiting {
  readonly caller: string;
  enter(): void;
}

export function createPlaces({ after }: Pick<Clock, 'after'>): Places {
  const byCaller = new Map<string, number>();
  const waiting = new Set<Waiting>();
  let all = 0;

  const countOf = (caller: string): number => byCaller.get(caller) ?? 0;
  const isFree = (caller: string): boolean => all < MAX_LONG && countOf(caller) < MAX_LONG_OF_ONE;
  const busy = (caller: string): Problem => {
    const own = countOf(caller);
    const isOwn = own >= MAX_LONG_OF_ONE;
    return tooBusy(`${isOwn ? own : all} long answers are under way ${isOwn ? 'to you' : 'here'}`);
  };
  const letIn = (): void => {
    for (const next of waiting) if (isFree(next.caller)) next.enter();
  };
  const take = (caller: string): (() => void) => {
    all++;
    byCaller.set(caller, countOf(caller) + 1);
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      all--;
      const left = countOf(caller) - 1;
      if (left === 0) byCaller.delete(caller);
      else byCaller.set(caller, left);
      letIn();
    };
  };
  const wait = (caller: string, signal: AbortSignal): Promise<() => void> =>
    new Promise((resolve, reject) => {
      const end = (): void => {
        waiting.delete(place);
        cancel();
        signal.removeEventListener('abort', refuse);
      };
      const refuse = (): void => {
        end();
        reject(busy(caller));
      };
      const place: Waiting = {
        caller,
        enter() {
          end();
          resolve(take(caller));
        },
      };
      const cancel = after(PATIENCE_MS, refuse);
      signal.addEventListener('abort', refuse);
      waiting.add(place);
    });
  return {
    async enter(caller, signal) {
      if (isFree(caller)) return take(caller);
      const own = [...waiting].filter((other) => other.caller === caller).length;
      if (signal.aborted || waiting.size >= MAX_WAITING || own >= MAX_WAITING_OF_ONE) {
        throw busy(caller);
      }
      return wait(caller, signal);
    },
  };
}
