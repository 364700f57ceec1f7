// The suites that have to pass under Deno as they do under Node: the contracts of transports and
// stores, and what a node is made of on a machine.

import { defineConfig } from 'vitest/config';

const config = defineConfig({
  test: {
    include: [
      'test/runtime/deno/itself.ts',
      'test/transport/*.test.ts',
      'test/storage/stores.test.ts',
      'test/host/security/certificates.test.ts',
      'test/host/network/listen.test.ts',
      'test/host/network/listen/tls.test.ts',
      'test/host/node.test.ts',
      'test/host/network/peers.test.ts',
      'test/host/network/proxy.test.ts',
      'test/host/security/tls.test.ts',
    ],
    setupFiles: ['test/setup.ts'],
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});

// Vitest asks for this name.
export { config as default };
