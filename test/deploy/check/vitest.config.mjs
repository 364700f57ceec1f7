// npm run check:deploy: what takes a container engine and minutes, one file a target.

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/deploy/check/*.check.ts'],
    globalSetup: ['test/deploy/check/setup.ts'],
    // They share one engine and two cores.
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 900_000,
    reporters: ['verbose'],
  },
});
