// No request of a stranger may keep the event loop: a node whose loop stands is dead for its peers.

import { execFile } from 'node:child_process';
import { expect, it } from 'vitest';
import { V8_FLAGS } from '../../node/host/process/v8-flags.ts';

const DEADLINE_MS = 150_000;

/** Nodes run without V8's compilers, and so take several times as long as this process would. */
const run = (file: string): Promise<{ output: string; errors: string }> =>
  new Promise((resolve, reject) => {
    const options = { timeout: DEADLINE_MS, killSignal: 'SIGKILL' } as const;
    execFile(process.execPath, [...V8_FLAGS, file], options, (error, output, errors) => {
      if (error === null) resolve({ output, errors });
      else reject(new Error(`${error.message}\n${output}${errors}`));
    });
  });

it(
  'no route keeps the event loop longer than 50 ms, whatever a stranger sends',
  async () => {
    const { output, errors } = await run('test/http/hostile/hold.ts');
    const told = output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { calls?: number });
    expect(told.slice(0, -1), errors).toEqual([]);
    expect(told.at(-1)?.calls).toBeGreaterThan(1_000);
  },
  DEADLINE_MS + 10_000,
);
