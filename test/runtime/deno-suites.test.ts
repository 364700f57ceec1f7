// The contracts of transports and stores, and the host's own suites, in the real Deno: the very
// files that Node runs. Each of their tests is one here.

import { describe, expect, it } from 'vitest';
import { runUnderDeno } from './deno/suites.ts';

const outcomes = await runUnderDeno();
const files = [...new Set(outcomes.map(({ file }) => file))].sort();

describe.each(files)('under Deno, %s', (file) => {
  const own = outcomes.filter((outcome) => outcome.file === file);
  it.for(own)('$name', ({ status, why, lacks = 'it gave no reason' }, test) => {
    test.skip(status === 'skipped' || status === 'pending', `Deno skipped it: ${lacks}`);
    expect(status, why).toBe('passed');
  });
});

it('were really run by Deno, and all of them', () => {
  const ran = (file: string): number => outcomes.filter((one) => one.file === file).length;
  expect(ran('test/runtime/deno/itself.ts')).toBe(1);
  expect(ran('test/storage/stores.test.ts')).toBeGreaterThan(40);
  expect(ran('test/transport/node-http.test.ts')).toBeGreaterThan(40);
});
