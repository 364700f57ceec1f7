// How a node spends its bytes. PrioMon's own strategy is the default; experiments put others in its
// place (`experiment/strategies/`), over the same membership, messages and encoding.

import { type Choice, type Picked, pickChunks } from './deltas.ts';

/** Which way data goes between the one who calls and the one who answers. */
export type Direction = 'push-pull' | 'push' | 'pull';

export interface Strategy {
  /** Tells every sample, or only those that moved by the delta or were silent for long. */
  readonly tellsEverything: boolean;
  /** Chooses what goes into a message. */
  readonly pick: (choice: Choice) => Picked;
  /** Members travel whole, with update, record and words, whenever anything of them is newer. */
  readonly wholeRecords: boolean;
  /** Important news and newcomers shorten rounds. */
  readonly hurries: boolean;
  readonly direction: Direction;
}

export const PRIOMON: Strategy = {
  tellsEverything: false,
  pick: pickChunks,
  wholeRecords: false,
  hurries: true,
  direction: 'push-pull',
};
