// A session whose experiments do what a test tells them.

import { OperatingError } from '../../../node/errors.ts';
import { createSession, type Session } from '../../../node/experiment/orchestrator/session.ts';
import type { Ending, ExperimentEvent } from '../../../node/experiment/orchestrator.ts';
import { specOf } from '../runs/support.ts';

export interface FakeRun {
  readonly resume: boolean;
  readonly signal: AbortSignal;
  tell(event: ExperimentEvent): void;
  end(ending: Ending): void;
  fail(error: OperatingError): void;
}

export const EXPERIMENT: ExperimentEvent = {
  ...{ type: 'experiment', id: 7, name: 'quick', runs: 4, done: 0 },
};

const SPEC = specOf({ nodes: '3' });

export const progressOf = (share: number): ExperimentEvent => ({
  ...{ type: 'progress', spec: SPEC, phase: 'measuring', doneMs: share * 100, phaseMs: 100 },
  ...{ converged: 3, leftMs: 5 },
});

/** An experiment called `broken` cannot be opened; others end when they are told, or stopped. */
export function fakeSession(): { session: Session; opened: FakeRun[]; clock: { now: number } } {
  const opened: FakeRun[] = [];
  const clock = { now: 0 };
  const session = createSession({
    now: () => clock.now,
    async open(file) {
      if (file === 'broken') throw new OperatingError('unreadable', 'broken cannot be read.');
      return {
        run: ({ resume, signal, onEvent }) =>
          new Promise((resolve, reject) => {
            opened.push({ resume, signal, tell: onEvent, end: resolve, fail: reject });
            const stopped = { state: 'stopped', done: 0, failed: 0 } as const;
            signal.addEventListener('abort', () => resolve(stopped));
          }),
      };
    },
    createNarrator: () => ({
      line: (event) => (event.type === 'line' ? event.line : event.type),
      share: ({ doneMs, phaseMs }) => doneMs / phaseMs,
      progress: ({ doneMs, phaseMs }) => `at ${doneMs / phaseMs}`,
    }),
  });
  return { session, opened, clock };
}
