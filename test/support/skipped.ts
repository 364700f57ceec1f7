// A reporter of Vitest whose lines are the last of a run: each test that was skipped, and what it
// lacks. One that says nothing of the kind makes the run fail.

import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';

/** A test that did not run, or that showed less than it could. */
export interface Lacking {
  /** Path from the project's root, groups and name, as Vitest prints them. */
  readonly test: string;
  readonly isSkipped: boolean;
  /** Undefined when nothing says why. */
  readonly lacks: string | undefined;
}

const NO_REASON = 'without a reason: give it one, by skip(reason) or test/support/lacking.ts';

/** The closing lines, what is lacking above the tests that lack it. */
export function closingLines(found: readonly Lacking[]): string[] {
  const skipped = found.filter(({ isSkipped }) => isSkipped);
  const weaker = found.filter(({ isSkipped }) => !isSkipped);
  return [
    skipped.length === 0 ? 'No test was skipped.' : `${tests(skipped.length)} skipped:`,
    ...byReason(skipped),
    ...(weaker.length === 0 ? [] : [`${tests(weaker.length)} showed less than elsewhere:`]),
    ...byReason(weaker),
  ];
}

const tests = (count: number): string => (count === 1 ? '1 test' : `${count} tests`);

function byReason(found: readonly Lacking[]): string[] {
  const groups = Map.groupBy(found, ({ lacks = NO_REASON }) => lacks);
  return [...groups].flatMap(([reason, group]) => [
    `  ${reason}`,
    ...group.map(({ test }) => `    ${test}`),
  ]);
}

/** What a test lacks, undefined for one that ran in full. */
function lackOf(test: TestCase): Lacking | undefined {
  const result = test.result();
  const isSkipped = result.state === 'skipped';
  const { lacks } = test.meta();
  if (!isSkipped && lacks === undefined) return undefined;
  const note = result.state === 'skipped' ? result.note : undefined;
  const name = `${test.module.relativeModuleId} > ${test.fullName}`;
  return { test: name, isSkipped, lacks: note ?? lacks ?? faultAbove(test) };
}

/** A test whose group could not be set up is skipped as well, which its failure tells. */
function faultAbove({ parent, module }: TestCase): string | undefined {
  if (module.errors().length > 0) return 'its file failed';
  for (let group = parent; group.type === 'suite'; group = group.parent) {
    if (group.errors().length > 0) return 'its group failed';
  }
  return undefined;
}

export function createSkippedReporter(): Reporter {
  let vitest: Vitest | undefined;
  return {
    onInit(started) {
      vitest = started;
    },
    onTestRunEnd(modules: readonly TestModule[], _errors, reason) {
      // Whoever asks for some tests by name, or stops the run, skips the others on purpose.
      if (vitest?.config.testNamePattern !== undefined || reason === 'interrupted') return;
      const all = modules.flatMap(({ children }) => [...children.allTests()]);
      const found = all.flatMap((test) => lackOf(test) ?? []);
      if (found.some(({ lacks }) => lacks === undefined)) process.exitCode = 1;
      vitest?.logger.log(closingLines(found).join('\n'));
    },
  };
}
