// Chance that can be asked for any moment: a hash of (key, step) instead of a generator with a
// state, so that a value never depends on what was asked before.

import { hashNumbers } from '../../core/hash.ts';

/** Uniform in [0, 1); `lane` separates draws of one step. */
export const uniform = (key: number, step: number, lane = 0): number =>
  hashNumbers(key, step, lane) / 2 ** 32;

/** Exponential with the given mean: the time between events of a Poisson process. */
export const exponential = (mean: number, key: number, step: number, lane = 0): number =>
  -mean * Math.log(1 - uniform(key, step, lane));

/** Standard normal, by Box and Muller (1958). */
const normal = (key: number, step: number): number =>
  Math.sqrt(-2 * Math.log(1 - uniform(key, step, 1))) *
  Math.cos(2 * Math.PI * uniform(key, step, 2));

const STEP_MS = 1_000;

/**
 * A mean-reverting random walk around 0 with standard deviation 1, which forgets by the factor e in
 * `memoryMs`: the process of Uhlenbeck and Ornstein (1930) in Gillespie's exact steps (1996), with
 * straight lines between them.
 *
 * Rising times cost one step a second; an earlier one starts over, through the same steps.
 */
export function createWander(key: number, memoryMs: number): (atMs: number) => number {
  const kept = Math.exp(-STEP_MS / memoryMs);
  const kick = Math.sqrt(1 - kept * kept);
  const after = (value: number, step: number) => kept * value + kick * normal(key, step + 1);
  let step = Number.POSITIVE_INFINITY;
  let here = 0;
  let next = 0;
  return (atMs) => {
    const wanted = Math.floor(atMs / STEP_MS);
    if (wanted < step) {
      step = 0;
      here = normal(key, 0);
      next = after(here, 0);
    }
    while (step < wanted) {
      step++;
      here = next;
      next = after(here, step);
    }
    return here + (next - here) * (atMs / STEP_MS - step);
  };
}
