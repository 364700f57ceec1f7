// Tests that are skipped on purpose, which skipped.test.ts runs to read what is said of them.

import { defineConfig } from 'vitest/config';
import { createSkippedReporter } from '../skipped.ts';

const config = defineConfig({
  test: {
    include: ['test/support/skipping/*.fixture.ts'],
    reporters: ['default', createSkippedReporter()],
  },
});

// Vitest asks for this name.
export { config as default };
