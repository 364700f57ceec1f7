// In which order files are tested by three workers: the longest first, or the last of them would
// run alone, and two that mostly wait beside one that computes, for there are two cores.

import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Seconds of files that mostly wait for processes, timers and networks. */
const WAITING: Readonly<Record<string, number>> = {
  'test/e2e/commands.test.ts': 65,
  'test/e2e/experiments.test.ts': 62,
  'test/experiment/runs/emulated.test.ts': 20,
  'test/runtime/mixed.test.ts': 18,
  'test/netns/hosts.test.ts': 17,
  'test/e2e/rolling.test.ts': 17,
  'test/runtime/runtimes.test.ts': 14,
  'test/e2e/half-upgraded.test.ts': 12,
  'test/host/process/hung-files.test.ts': 9,
  'test/e2e/storing.test.ts': 9,
  'test/host/security/signing.test.ts': 5,
  'test/experiment/workloads/recorded.test.ts': 4,
};

/** Seconds of files that keep a core busy. */
const COMPUTING: Readonly<Record<string, number>> = {
  'test/sim/stories/stories.test.ts': 41,
  'test/sim/mutations/mutations.test.ts': 32,
  'test/sim/swarm/swarm.test.ts': 25,
  'test/site/site.test.ts': 20,
  'test/site/interaction.test.ts': 18,
  'test/storage/stores.test.ts': 18,
  'test/http/hostile.test.ts': 18,
  'test/sim/stories/promises.test.ts': 17,
  'test/site/command.test.ts': 12,
  'test/sim/stories/costs.test.ts': 10,
  'test/cli/query.test.ts': 9,
  'test/storage/files/files.test.ts': 6,
  'test/host/node.test.ts': 6,
  'test/cli/results.test.ts': 5,
  'test/experiment/strategies/strategies.test.ts': 5,
};

/** Of any other file, most of which are done sooner. */
const SHORT_S = 0.5;

export const KNOWN_FILES: readonly string[] = [WAITING, COMPUTING].flatMap(Object.keys);

const secondsOf = (file: string): number => WAITING[file] ?? COMPUTING[file] ?? SHORT_S;

/** What each worker begins with; whichever is done goes on with what is left of the other kind. */
export const WORKERS = ['waits', 'computes', 'waits'] as const;

/** In the order in which workers take them. */
export function orderOf<T>(files: readonly T[], pathOf: (file: T) => string): T[] {
  const sorted = [...files].sort((a, b) => compare(pathOf(a), pathOf(b)));
  const left = {
    waits: sorted.filter((file) => pathOf(file) in WAITING),
    computes: sorted.filter((file) => !(pathOf(file) in WAITING)),
  };
  const busyUntilS = WORKERS.map(() => 0);
  return sorted.map(() => {
    const worker = busyUntilS.indexOf(Math.min(...busyUntilS));
    const kind = WORKERS[worker] ?? 'computes';
    const others = kind === 'waits' ? left.computes : left.waits;
    const next = (left[kind].length > 0 ? left[kind] : others).shift() as T;
    busyUntilS[worker] = (busyUntilS[worker] ?? 0) + secondsOf(pathOf(next));
    return next;
  });
}

const compare = (a: string, b: string): number => secondsOf(b) - secondsOf(a) || (a < b ? -1 : 1);

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return orderOf(files, ({ moduleId, project }) => relative(project.config.root, moduleId));
  }
}
