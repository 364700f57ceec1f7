// How a rule is taken out, and what has to fail then.

import { scaled } from '../../support/scale.ts';
import type { Invariant } from '../invariants.ts';

export interface Mutation {
  /** The rule that is taken out. */
  readonly name: string;
  readonly edits: readonly {
    readonly file: string;
    readonly rule: string;
    readonly instead: string;
  }[];
  /** What fails then: an invariant in some of these seeds, or a promise. */
  readonly fails:
    | { readonly invariant: Invariant; readonly seeds: readonly [number, number] }
    | { readonly promise: string };
}

/** From the first seed that finds it, to be quick; a change of scenario.ts may need others. */
export const inSwarm = (invariant: Invariant, from = 1, to = 60): Mutation['fails'] => ({
  invariant,
  seeds: [scaled(from, 1), to],
});

export const edit = (file: string, rule: string, instead = '') => ({ file, rule, instead });
