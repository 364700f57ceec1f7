// Where a run takes place: simulated, in this process, or in processes of its own. `perform.ts`
// directs; stages obey.

import type { QuorumOutcome } from '../../http/query/quorum.ts';
import type { Collector } from '../measures/collector.ts';
import type { RunSpec } from '../plan/plan.ts';

/** One query of the load; indices count nodes and metrics from 0. */
export interface Question {
  readonly coordinator: number;
  readonly target: number;
  readonly metric: number;
  readonly quorum: number;
  readonly tries: number;
}

export interface Reply {
  /** Empty when a quorum agreed, else why not. */
  readonly failure: string;
  readonly tries: number;
  readonly messages: number;
  readonly timeMs: number;
  readonly statedStalenessMs: number | null;
  /** What was agreed on. */
  readonly generation: number;
  readonly version: number;
}

/** Sent and used by one node since it started first. */
export interface NodeUse {
  /** Of the run. */
  readonly startedAtMs: number;
  readonly messages: number;
  readonly bodyBytes: number;
  readonly wireBytes: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly rounds: number;
  /** Null where nodes share a process, or time is virtual. */
  readonly cpuMs: number | null;
  readonly rssBytes: number | null;
  /** Lateness of the event loop: worst, and 99th percentile. */
  readonly lateMs: number;
  readonly lateP99Ms: number;
}

export interface Stage {
  /** Run time, ms; 0 when the first node starts. */
  now(): number;
  /** Starts all nodes; resolves when they run. */
  start(): Promise<void>;
  /** Lets time pass; rejects with an OperatingError when a node was lost meanwhile. */
  until(at: number): Promise<void>;
  /** Runs `action` when all that was seen before `at` is in the collector. */
  note(at: number, action: () => void): void;
  /** All at once; tells when that was. */
  kill(nodes: readonly number[], how: 'crash' | 'vanish'): number | Promise<number>;
  /** `onStart` is told when it begins; resolves when it runs. */
  restart(node: number, onStart: (at: number) => void): Promise<void>;
  /** Cuts these nodes off from all others. */
  divide(cutOff: readonly number[]): void;
  heal(): void;
  ask(question: Question): Promise<Reply>;
  /** By node; what was down since before is as it was when it died. */
  use(): Promise<readonly NodeUse[]>;
  /** Waits until all that was seen before `at` is in the collector. */
  settle(at: number): Promise<void>;
  close(): Promise<void>;
}

export interface StageOptions {
  readonly spec: RunSpec;
  readonly collector: Collector;
  /** What nodes say on standard error. */
  readonly onLine: (line: string) => void;
  /** Folder for what nodes keep during the run. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

export type OpenStage = (options: StageOptions) => Promise<Stage>;

/** Fewer nodes lived, as far as the coordinator knew, than the quorum wanted. */
export const TOO_FEW = 'too_few';

const FAILURES: Readonly<Record<QuorumOutcome, string>> = {
  agreed: '',
  disagreed: 'no_quorum',
  unanswered: 'unreachable',
  unknown: 'unknown',
};

/** Why a query was not answered, in the words of the results. */
export const failureOf = (outcome: QuorumOutcome): string => FAILURES[outcome];
