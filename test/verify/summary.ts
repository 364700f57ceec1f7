// A reporter of Vitest that sums up what fuzzing did: inputs, seed, and what took longest.

import type { Reporter, TestModule } from 'vitest/node';
import { SEED } from '../support/scale.ts';

const SLOWEST = 5;

export function createSummaryReporter(): Reporter {
  return {
    onTestRunEnd(modules: readonly TestModule[]) {
      const tests = modules.flatMap(({ children }) => [...children.allTests()]);
      const targets = tests.flatMap((test) => {
        const { cases } = test.meta();
        const ms = test.diagnostic()?.duration ?? 0;
        return cases === undefined ? [] : [{ name: test.name, cases, ms }];
      });
      if (targets.length === 0) return;
      const sum = targets.reduce((total, { cases }) => total + cases, 0);
      const slowest = targets
        .toSorted((a, b) => b.ms - a.ms)
        .slice(0, SLOWEST)
        .map(({ name, ms }) => `${name} ${(ms / 1_000).toFixed(1)} s`);
      console.log(
        `${targets.length} targets took ${sum.toLocaleString('en')} inputs of seed ${SEED}; ` +
          `the slowest: ${slowest.join(', ')}`,
      );
    },
  };
}
