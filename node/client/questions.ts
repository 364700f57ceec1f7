// What a program asks a node, and how that is written into its address.

import type { Status } from '../core/model.ts';

/** ISO 8601 with its zone, or seconds (10 digits) or ms (13 digits) since 1970. */
export type Time = Date | string | number;

/** A planned leave, as peers are told of it. */
export interface LeaveOptions {
  /** 200 characters at most. */
  readonly reason?: string;
  /** A time, or a span from now such as `2h`. */
  readonly returnsAt?: Time;
}

/** Values of one field are alternatives, fields all must hold; names may be globs (`web-*`). */
export interface StateFilter {
  readonly node?: string | readonly string[];
  readonly metric?: string | readonly string[];
  /** `name=value` */
  readonly label?: string | readonly string[];
  readonly status?: Status | readonly Status[];
}

/** Thresholds, aggregates and rankings over many nodes; see the README for what they mean. */
export interface QueryFilter extends StateFilter {
  /** `cpu>80`; all must hold. */
  readonly where?: string | readonly string[];
  /** `count`, `min`, `max`, `avg`, `sum`, `p0` … `p100` */
  readonly aggregate?: string | readonly string[];
  /** `label:region` */
  readonly by?: string;
  /** Only so many of the highest rows of each metric. */
  readonly top?: number;
}

/** What a node stored between two times, the last hour where they are absent. */
export interface HistoryQuestion {
  /** Exact names; absent means all. */
  readonly node?: string;
  readonly metric?: string;
  /** A time, or an age such as `1h`. */
  readonly from?: Time;
  readonly to?: Time;
  /** `30s`: what held in each step; absent: the rows as stored. */
  readonly step?: string;
  /** Points at most, gaps among them; 1,000 when absent, 10,000 at most; the newest win. */
  readonly limit?: number;
}

/** What `quorum` nodes agree on of one node. */
export interface QuorumQuestion {
  readonly node: string;
  readonly metric?: string | readonly string[];
  readonly quorum: number;
  /** How often nodes are asked at most; 3 when absent. */
  readonly tries?: number;
}

/** A value of your own; the optional fields are remembered once given. */
export interface UserMetric {
  readonly name: string;
  readonly value: number;
  /** Tell it from others of its name, which all have labels of the same names. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly unit?: string;
  readonly description?: string;
  readonly kind?: 'gauge' | 'counter';
  /** 1 (least) … 255 (most). */
  readonly priority?: number;
  /** The smallest change that is published, in the unit or as a share (`15%`). */
  readonly delta?: number | string;
  /**
   * When it ends by itself: a span from its last post (`1h`, or seconds), or a time. Null: never;
   * absent: as it was posted before.
   */
  readonly expires?: string | number | null;
}

export const textOf = (time: Time): string =>
  time instanceof Date ? time.toISOString() : String(time);

type Question = StateFilter | QueryFilter | QuorumQuestion | HistoryQuestion;

export const queryOf = (filter: Question): string => {
  const pairs = Object.entries(filter).flatMap(([name, values]) =>
    [values ?? []].flat().map((value): [string, string] => [name, String(value)]),
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
};
