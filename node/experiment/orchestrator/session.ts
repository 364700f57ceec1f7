// Experiments that are started from afar: one at a time, watched by many, stopped when told.

import { OperatingError } from '../../errors.ts';
import type { Ending, ExperimentEvent } from '../orchestrator.ts';
import { columnsOf } from '../plan/plan.ts';

/** One that can be run, with its results database open. */
export interface Opened {
  run(options: {
    readonly resume: boolean;
    readonly signal: AbortSignal;
    readonly onEvent: (event: ExperimentEvent) => void;
  }): Promise<Ending>;
}

/** Words for an event, in its place among the others. */
export interface Narrator {
  /** Undefined for what is not worth a line. */
  line(event: ExperimentEvent): string | undefined;
  /** Of the whole experiment, from 0 to 1. */
  share(event: Extract<ExperimentEvent, { type: 'progress' }>): number;
  progress(event: Extract<ExperimentEvent, { type: 'progress' }>): string;
}

export interface Status {
  readonly state: 'idle' | 'running' | 'stopping';
  /** What runs, or ran last; empty before. */
  readonly file: string;
  /** Number in the results; absent before the first. */
  readonly experiment?: number;
  /** Of the whole experiment, 0 to 1. */
  readonly share: number;
  /** Where it stands, in a few words. */
  readonly progress: string;
  /** The last that was said, the oldest first. */
  readonly lines: readonly string[];
}

/** An event as programs read it, or none, and how all stands now. */
export interface News {
  readonly event?: object;
  readonly status: Status;
}

export type Watcher = (news: News) => void;

export interface Session {
  status(): Status;
  /** Rejects with an OperatingError, `running` when one runs already. */
  start(file: string, resume: boolean): Promise<void>;
  /** Resolves when it has ended; rejects with `not_running`. */
  stop(): Promise<void>;
  /** Returns what ends the watching. */
  watch(watcher: Watcher): () => void;
  /** How many watch. */
  watching(): number;
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly open: (file: string) => Promise<Opened>;
  readonly createNarrator: () => Narrator;
  readonly now?: () => number;
}

const KEPT_LINES = 12;
/** Watchers are told of progress no more often than this, ms. */
const PROGRESS_MS = 250;

const IDLE: Status = { state: 'idle', file: '', share: 0, progress: '', lines: [] };

export function createSession(options: SessionOptions): Session {
  const { open, createNarrator, now = () => performance.now() } = options;
  const watchers = new Set<Watcher>();
  let status = IDLE;
  let running: { readonly controller: AbortController; readonly ended: Promise<void> } | undefined;

  function change(by: Partial<Status>, event?: object): void {
    status = { ...status, ...by };
    for (const watcher of watchers) watcher({ status, ...(event !== undefined && { event }) });
  }
  const withLine = (line: string | undefined): Pick<Status, 'lines'> => ({
    lines: line === undefined ? status.lines : [...status.lines, line].slice(-KEPT_LINES),
  });

  function createReporter(): (event: ExperimentEvent) => void {
    const narrator = createNarrator();
    let toldAt = Number.NEGATIVE_INFINITY;
    return (event) => {
      if (event.type === 'progress') {
        if (now() - toldAt < PROGRESS_MS) return;
        toldAt = now();
        const [share, progress] = [narrator.share(event), narrator.progress(event)];
        return change({ share, progress }, plainEvent(event));
      }
      const said = withLine(narrator.line(event));
      if (event.type === 'experiment') return change({ experiment: event.id, ...said }, event);
      change(said, plainEvent(event));
    };
  }

  /** Never rejects: its caller has had an answer long since. */
  async function perform(opened: Opened, resume: boolean, signal: AbortSignal): Promise<void> {
    try {
      const { state, done, failed } = await opened.run({
        resume,
        signal,
        onEvent: createReporter(),
      });
      const lost = failed > 0 ? `, ${failed} failed` : '';
      const share = state === 'done' ? 1 : status.share;
      end({ progress: `${state}: ${done} runs${lost}`, share });
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      end({ progress: 'failed', ...withLine(error.message) });
    }
  }
  function end(by: Partial<Status>): void {
    running = undefined;
    change({ ...by, state: 'idle' });
  }

  return {
    status: () => status,
    async start(file, resume) {
      if (running !== undefined) {
        throw new OperatingError('running', `${status.file} is running; /stop ends it.`);
      }
      const controller = new AbortController();
      let finish = (): void => {};
      const ended = new Promise<void>((resolve) => {
        finish = resolve;
      });
      running = { controller, ended };
      change({ ...IDLE, state: 'running', file, progress: 'opening' });
      try {
        const opened = await open(file);
        void perform(opened, resume, controller.signal).finally(finish);
      } catch (error) {
        end({ progress: 'failed', ...withLine(error instanceof Error ? error.message : '') });
        finish();
        throw error;
      }
    },
    async stop() {
      if (running === undefined) {
        throw new OperatingError('not_running', 'No experiment is running; /start begins one.');
      }
      const { controller, ended } = running;
      change({ state: 'stopping' });
      controller.abort();
      await ended;
    },
    watch(watcher) {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    watching: () => watchers.size,
    async close() {
      running?.controller.abort();
      await running?.ended;
    },
  };
}

/**
 * An event as programs get it, on standard output and over HTTP: with the point's columns, not the
 * whole plan again and again.
 */
export function plainEvent(event: ExperimentEvent): object {
  if (!('spec' in event)) return event;
  const { spec, ...rest } = event;
  const { number, repeat, seed } = spec;
  return { ...rest, run: { number, repeat, seed, ...columnsOf(spec) } };
}
