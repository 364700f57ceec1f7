// Proves that the suites beside this one run in Deno, whatever started them.

import { expect, it } from 'vitest';

it('is Deno that runs these tests', () => {
  expect(globalThis).toHaveProperty('Deno.version.deno');
});
