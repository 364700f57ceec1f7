// What is seen at the nodes of a run, one call an observation. Nodes and metrics are numbers from
// 0; times are ms since the run's start.

import type { Status } from '../../core/model.ts';
import type { Fresh, RoundRow } from '../../storage/results/rows.ts';

/** One round of a node as it ended. */
export type RoundSeen = Omit<Fresh<RoundRow>, 'node' | 'atMs' | 'known'>;

export interface Sink {
  /** The node measured these values, one a metric. */
  sampled(node: number, at: number, values: readonly number[]): void;
  /** The node holds a value that is new to it; its own when `owner` is the node: it published. */
  told(node: number, at: number, told: Told): void;
  /** The node put a copy of an entry into a message. */
  copied(node: number, at: number, copy: Copied): void;
  /** So many entries of a metric came to the node, new or not. */
  received(node: number, at: number, metric: number, entries: number): void;
  member(node: number, at: number, seen: MemberSeen): void;
  round(node: number, at: number, round: RoundSeen): void;
}

export interface Told {
  readonly owner: number;
  readonly generation: number;
  readonly metric: number;
  readonly version: number;
  readonly value: number;
  /** Who brought it. */
  readonly from: number;
}

export interface Copied {
  readonly owner: number;
  readonly generation: number;
  readonly metric: number;
  readonly version: number;
  readonly bytes: number;
}

export interface MemberSeen {
  readonly subject: number;
  readonly generation: number;
  readonly status: Status | 'forgotten';
}
