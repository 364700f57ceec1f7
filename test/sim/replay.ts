// Replays scenarios: `node test/sim/replay.ts 137` prints the end of what led to the violation;
// `--seeds 1-40` plays many, `--until c` up to the first that violates c; `--promise NAME` plays a
// story. Exit code 1 says that something did not hold.

import { INVARIANTS, Violation } from './invariants.ts';
import * as costs from './stories/costs.ts';
import * as duplicateIds from './stories/duplicate-ids.ts';
import * as merging from './stories/merge.ts';
import * as promises from './stories/promises.ts';
import * as stories from './stories/stories.ts';
import { createScenario } from './swarm/scenario.ts';
import { type Outcome, playScenario } from './swarm/world.ts';

/** Lines of the trace that are printed, and characters of each. */
const TRACED = 60;
const LINE_LENGTH = 400;

function replayOne(seed: number): boolean {
  const lines: string[] = [];
  const outcome = playScenario(createScenario(seed), (line) => {
    lines.push(line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH)}…` : line);
    if (lines.length > 4 * TRACED) lines.splice(0, 3 * TRACED);
  });
  console.log(lines.slice(-TRACED).join('\n'));
  console.log(report(outcome));
  return outcome.violation === undefined;
}

function replayMany(range: string, until: string | undefined): boolean {
  const [from = 1, to = from] = range.split('-').map(Number);
  let held = true;
  for (let seed = from; seed <= to; seed++) {
    const outcome = playScenario(createScenario(seed));
    const { violation } = outcome;
    if (violation === undefined || (until !== undefined && violation.invariant !== until)) continue;
    console.log(report(outcome));
    held = false;
    if (until !== undefined) return false;
  }
  return held;
}

function report({ seed, violation, equalAfterMs, boundMs }: Outcome): string {
  if (violation === undefined) return `seed ${seed}: equal after ${equalAfterMs} of ${boundMs} ms`;
  const { invariant, message } = violation;
  return `seed ${seed} violates ${invariant} (${INVARIANTS[invariant]}): ${message}`;
}

function replayPromise(name: string): boolean {
  const told: Record<string, unknown> = {
    ...promises,
    ...stories,
    ...duplicateIds,
    ...merging,
    ...costs,
  };
  const promise = told[name];
  if (typeof promise !== 'function') throw new RangeError(`there is no promise "${name}"`);
  const problems = problemsOf(promise as (seed: number) => string[]);
  console.log(problems.slice(0, 5).join('\n'));
  return problems.length === 0;
}

/** A story ends early where an invariant breaks. */
function problemsOf(promise: (seed: number) => string[]): string[] {
  try {
    return promise(1);
  } catch (error) {
    if (error instanceof Violation) return [error.message];
    throw error;
  }
}

const [first = '1', second = '', , until] = process.argv.slice(2);
const held =
  first === '--seeds'
    ? replayMany(second, until)
    : first === '--promise'
      ? replayPromise(second)
      : replayOne(Number(first));
process.exitCode = held ? 0 : 1;
