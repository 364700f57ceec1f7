// Tests that run inside workerd, the runtime of Cloudflare's Workers, with the Worker's own
// wrangler.toml: storage, alarms and evictions are real there.

import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineProject } from 'vitest/config';

const config = defineProject({
  plugins: [
    cloudflareTest({
      main: '../../../node/runtime/worker.ts',
      wrangler: { configPath: '../../../wrangler.toml' },
      miniflare: {
        bindings: {
          PRIOMON_NODES: 'edge-1',
          PRIOMON_ADMIN_TOKEN: 'a-token-for-tests-alone',
          PRIOMON_JOIN: 'http://peer.test',
          PRIOMON_SECRET: 'a-key-for-tests-alone',
        },
      },
    }),
  ],
  test: { name: 'workerd', include: ['**/*.workerd.ts'], testTimeout: 20_000, isolate: false },
});

// Vitest asks for this name.
export { config as default };
