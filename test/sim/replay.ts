// Replays scenarios by seed: `node test/sim/replay.ts 137` prints the end of what led to the
// violation; `--seeds 1-40` runs many and stops at the first that fails.

import { INVARIANTS } from './invariants.ts';
import { createScenario } from './scenario.ts';
import { type Outcome, playScenario } from './world.ts';

/** Lines of the trace that are printed. */
const TRACED = 60;

function replay(seed: number): Outcome {
  const lines: string[] = [];
  const scenario = createScenario(seed);
  const outcome = playScenario(scenario, (line) => {
    lines.push(line.length > 400 ? `${line.slice(0, 400)}…` : line);
    if (lines.length > 4 * TRACED) lines.splice(0, 3 * TRACED);
  });
  console.log(lines.slice(-TRACED).join('\n'));
  return outcome;
}

function report({ seed, violation, equalAfterMs, boundMs }: Outcome): string {
  if (violation === undefined) return `seed ${seed}: equal after ${equalAfterMs} of ${boundMs} ms`;
  const { invariant, message } = violation;
  return `seed ${seed}: violates ${invariant} (${INVARIANTS[invariant]}): ${message}`;
}

const [first = '1', range = ''] = process.argv.slice(2);
if (first === '--seeds') {
  const [from = 1, to = from] = range.split('-').map(Number);
  let failed = 0;
  for (let seed = from; seed <= to; seed++) {
    const outcome = playScenario(createScenario(seed));
    if (outcome.violation !== undefined) failed++;
    if (outcome.violation !== undefined || process.argv.includes('--all')) {
      console.log(report(outcome));
    }
  }
  process.exitCode = failed > 0 ? 1 : 0;
} else {
  const outcome = replay(Number(first));
  console.log(report(outcome));
  process.exitCode = outcome.violation === undefined ? 0 : 1;
}
