// How much each caller has under way of work that is limited: long answers, questions on the past.
// Charts that a page asks for at once wait for each other, and no page waits for all of another's.

import type { Clock } from '../../ports.ts';
import type { Problem } from './problem.ts';

export interface PlaceLimits {
  /** Under way at once, and of them those of one caller. */
  readonly most: number;
  readonly mostOfOne: number;
  /** What a caller without a place is told; `own` and `all` are under way. */
  readonly busy: (own: number, all: number) => Problem;
}

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

export function createPlaces({ after }: Pick<Clock, 'after'>, limits: PlaceLimits): Places {
  const { most, mostOfOne } = limits;
  const byCaller = new Map<string, number>();
  const waiting = new Set<Waiting>();
  let all = 0;

  const countOf = (caller: string): number => byCaller.get(caller) ?? 0;
  const isFree = (caller: string): boolean => all < most && countOf(caller) < mostOfOne;
  const busy = (caller: string): Problem => limits.busy(countOf(caller), all);
  /** The caller with the fewest comes first, however many another has in the line before it. */
  const letIn = (): void => {
    while (all < most) {
      const free = [...waiting].filter(({ caller }) => isFree(caller));
      const [next] = free.sort((a, b) => countOf(a.caller) - countOf(b.caller));
      if (next === undefined) return;
      next.enter();
    }
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
