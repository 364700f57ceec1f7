// What all fuzzing shares: a target takes made-up input, and a rule must hold for whatever is made.
// The same seed makes the same input; a failure prints the line that makes it again.

import fc from 'fast-check';
import { describe, it } from 'vitest';
import { IS_LONG, SEED, scaled } from '../support/scale.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** Inputs that a fuzz target was given, for the sums of `npm run verify`. */
    cases?: number;
  }
}

export interface Target {
  /** What the input is, after "whatever": `a text as YAML`. */
  readonly name: string;
  run(choices: Choices): Promise<Outcome>;
}

interface Choices {
  readonly seed: number;
  readonly numRuns: number;
  /** Of an input that failed before. */
  readonly path?: string;
}

interface Outcome {
  readonly cases: number;
  /** What was found, with the line that makes it again. */
  readonly failure?: Error;
}

/** An input may be long, and the line below it finds it again. */
const REPORT_CHARACTERS = 4_000;

/** No input may hold up a node for as long: of processor time of this thread, ms. */
const LIMIT_MS = 250;

/**
 * So often the event loop turns: what was put off until then, such as what follows from collected
 * garbage, would count as the time of a later input.
 */
const BREATH_INPUTS = 50;
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** `holds` throws, or rejects, where the rule is broken; `limitMs` is of processor time. */
export function target<T>(
  name: string,
  given: fc.Arbitrary<T>,
  holds: (input: T) => unknown,
  limitMs = LIMIT_MS,
): Target {
  let inputs = 0;
  const property = fc.asyncProperty(given, async (input) => {
    if (++inputs % BREATH_INPUTS === 0) await breathe();
    const before = process.threadCpuUsage();
    await holds(input);
    const { user, system } = process.threadCpuUsage(before);
    const tookMs = (user + system) / 1_000;
    if (tookMs > limitMs) throw new Error(`It took ${Math.round(tookMs)} ms of processor time.`);
  });
  return {
    name,
    async run(choices) {
      const details = await fc.check(property, choices);
      const { failed, numRuns: cases, errorInstance: cause } = details;
      if (!failed) return { cases };
      return { cases, failure: new Error(reportOf(name, details), { cause }) };
    },
  };
}

const PATH = process.env.FUZZ_PATH;
/** Inputs for each target. */
const CASES = Number(process.env.FUZZ_CASES ?? scaled(200, 20_000));
const TARGET_LIMIT_MS = IS_LONG ? 1_800_000 : 60_000;

/** `title` is what has to hold, and begins each test's name. */
export function fuzz(title: string, targets: readonly Target[]): void {
  describe(title, { timeout: TARGET_LIMIT_MS }, () => {
    it.for([...targets])('$name', async ({ run }, { task }) => {
      const replayed = PATH === undefined ? {} : { path: PATH };
      const { cases, failure } = await run({ seed: SEED, numRuns: CASES, ...replayed });
      task.meta.cases = cases;
      if (failure !== undefined) throw failure;
    });
  });
}

function reportOf<T>(name: string, details: fc.RunDetails<T>): string {
  const found = fc.defaultReportMessage(details)?.slice(0, REPORT_CHARACTERS);
  const again = `FUZZ_SEED=${details.seed} FUZZ_PATH=${details.counterexamplePath}`;
  const named = `--testNamePattern ${JSON.stringify(name.replace(/[^\w ,]/g, '.'))}`;
  return `${found}\n${again} npm exec -- vitest run test/fuzz ${named}`;
}
