// Each rule of the protocol is taken out once: the invariant or promise that it guards has to
// break, or its test would prove nothing.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { MUTATIONS, type Mutation } from './mutations.ts';

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

const argumentsOf = ({ fails }: Mutation): string[] =>
  'promise' in fails
    ? ['--promise', fails.promise]
    : ['--seeds', fails.seeds.join('-'), '--until', fails.invariant];

function play(mutation: Mutation): Promise<{ code: number; output: string }> {
  const files = ['--import', here('mutate.ts'), here('../replay.ts')];
  const env = { ...process.env, MUTATION: mutation.name };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...files, ...argumentsOf(mutation)],
      { env },
      (error, stdout, stderr) => {
        resolve({ code: Number(error?.code ?? 0), output: stdout + stderr });
      },
    );
  });
}

describe('without the rule that', () => {
  it.concurrent.each(MUTATIONS)('$name, a test fails', { timeout: 60_000 }, async (mutation) => {
    const { code, output } = await play(mutation);
    expect(output).not.toContain('Error');
    expect(code, output).toBe(1);
  });
});
