// npm run verify: the long trials one after another, and at the end what came of each.

import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { runCommand } from '../../node/cli/command.ts';
import { parseVerifyArguments, type VerifyOptions } from './options.ts';
import { TRIALS, type Trial } from './trials.ts';

const VITEST = 'node_modules/vitest/vitest.mjs';

async function main({ only, isList, seed = randomInt(2 ** 31) }: VerifyOptions): Promise<number> {
  const wanted = TRIALS.filter(({ name }) => only.length === 0 || only.includes(name));
  if (isList) {
    for (const { name, about } of wanted) process.stdout.write(`${name.padEnd(12)}${about}\n`);
    return 0;
  }
  const lines: string[] = [];
  let failures = 0;
  for (const trial of wanted) {
    const startedAt = performance.now();
    process.stdout.write(`\n${trial.name}: ${trial.about}; seed ${seed}\n`);
    const held = await run(trial, seed);
    if (!held) failures++;
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    lines.push(`${trial.name}: ${held ? 'held' : 'FAILED'} with seed ${seed}, ${seconds} s`);
  }
  process.stdout.write(`\n${lines.join('\n')}\n`);
  return failures === 0 ? 0 : 1;
}

/** Whether all of it held. */
async function run({ files }: Trial, seed: number): Promise<boolean> {
  const env = { ...process.env, VERIFY: '1', FUZZ_SEED: String(seed) };
  const child = spawn(process.execPath, [VITEST, 'run', ...files], { stdio: 'inherit', env });
  const [code] = await once(child, 'close');
  return code === 0;
}

const names = TRIALS.map(({ name }) => name);
await runCommand((argv) => parseVerifyArguments(argv, names), main);
