// In which order files are tested by two workers: the longest first, or the last of them would run
// alone, and those that wait beside those that compute, for there are two cores.

import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Seconds of files that mostly wait for processes, timers and networks. */
const WAITING: Readonly<Record<string, number>> = {
  'test/e2e/commands.test.ts': 46,
  'test/e2e/experiments.test.ts': 45,
  'test/netns/hosts.test.ts': 17,
  'test/experiment/runs/emulated.test.ts': 21,
  'test/runtime/mixed.test.ts': 15,
  'test/runtime/runtimes.test.ts': 15,
  'test/e2e/half-upgraded.test.ts': 11,
  'test/e2e/storing.test.ts': 9,
  'test/host/process/hung-files.test.ts': 9,
  'test/e2e/rolling.test.ts': 12,
  'test/host/security/signing.test.ts': 5,
  'test/experiment/workloads/recorded.test.ts': 4,
};

/** Seconds of files that keep a core busy. */
const COMPUTING: Readonly<Record<string, number>> = {
  'test/sim/stories/stories.test.ts': 18,
  'test/http/hostile.test.ts': 21,
  'test/site/site.test.ts': 16,
  'test/sim/mutations/mutations.test.ts': 15,
  'test/site/command.test.ts': 13,
  'test/site/interaction.test.ts': 12,
  'test/runtime/deno-suites.test.ts': 11,
  'test/runtime/workers-suites.test.ts': 6,
  'test/sim/swarm/swarm.test.ts': 8,
  'test/fuzz/routes.test.ts': 6,
  'test/sim/stories/promises.test.ts': 5,
  'test/core/wire/codec.test.ts': 5,
};

/** Of any other file, most of which are done sooner. */
const SHORT_S = 0.5;

export const KNOWN_FILES: readonly string[] = [WAITING, COMPUTING].flatMap(Object.keys);

const secondsOf = (file: string): number => WAITING[file] ?? COMPUTING[file] ?? SHORT_S;

interface Lane<T> {
  endsAt: number;
  readonly files: T[];
}

/** One worker's files, by what they do; both go on with what is left of the other's. */
export function orderOf<T>(files: readonly T[], pathOf: (file: T) => string): T[] {
  const sorted = [...files].sort((a, b) => compare(pathOf(a), pathOf(b)));
  const lanes: [Lane<T>, Lane<T>] = [
    { endsAt: 0, files: sorted.filter((file) => pathOf(file) in WAITING) },
    { endsAt: 0, files: sorted.filter((file) => !(pathOf(file) in WAITING)) },
  ];
  return sorted.map(() => {
    const [waiting, computing] = lanes;
    const [lane, other] =
      waiting.endsAt <= computing.endsAt ? [waiting, computing] : [computing, waiting];
    const next = (lane.files.length > 0 ? lane : other).files.shift() as T;
    lane.endsAt += secondsOf(pathOf(next));
    return next;
  });
}

const compare = (a: string, b: string): number => secondsOf(b) - secondsOf(a) || (a < b ? -1 : 1);

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return orderOf(files, ({ moduleId, project }) => relative(project.config.root, moduleId));
  }
}
