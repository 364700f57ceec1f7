// Tells in the log what probes cannot measure, or not as they should: when it begins and when it
// is over. What comes and goes with each sample is told once.

import { probeProblems } from '../../http/health.ts';
import type { Clock, ProbeRun } from '../../ports.ts';
import type { Log } from './log.ts';
import type { Machine } from './measuring.ts';

/** The first samples are taken by then. */
const FIRST_LOOK_MS = 1_000;
const LOOK_MS = 5_000;
/** Not seen for so long, it is over. */
const OVER_MS = 60_000;
/** While so many last, others are not told; /readyz has them. */
const MAX_TOLD = 64;

/** Close ends the watching. */
export function watchProbes(
  machine: Pick<Machine, 'runs'>,
  clock: Clock,
  log: Log,
): { close(): Promise<void> } {
  const told = new Map<string, { readonly sentence: string; readonly seenAtMs: number }>();

  const note = (subject: string, sentence: string, seenAtMs: number): void => {
    const known = told.get(subject);
    if (known === undefined && told.size >= MAX_TOLD) return;
    if (known === undefined) log('warn', sentence);
    told.set(subject, { sentence: known?.sentence ?? sentence, seenAtMs });
  };

  const look = (): void => {
    const now = clock.monotonicMs();
    for (const run of machine.runs()) {
      for (const sentence of probeProblems([run])) note(subjectOf(run, sentence), sentence, now);
    }
    for (const [subject, { sentence, seenAtMs }] of told) {
      if (now - seenAtMs < OVER_MS) continue;
      told.delete(subject);
      log('info', `It is over: ${sentence}`);
    }
    cancel = clock.after(LOOK_MS, look);
  };

  let cancel = clock.after(FIRST_LOOK_MS, look);
  return { close: async () => cancel() };
}

/** Why a probe failed may be told in other words each time, such as with how long it has been. */
const subjectOf = ({ probe, problem }: ProbeRun, sentence: string): string =>
  problem !== undefined && sentence.includes(problem) ? `${probe} failed` : sentence;
