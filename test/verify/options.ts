// The arguments of the command.

import type { Command } from 'commander';
import { badUsage, createCommand, join, type Parsed, parseWith } from '../../node/cli/arguments.ts';

export interface VerifyOptions {
  /** Names of the trials to run; all when empty. */
  readonly only: readonly string[];
  readonly isList: boolean;
  /** Another one each time, when absent. */
  readonly seed?: number;
}

const MAX_SEED = 2 ** 31 - 1;

export function parseVerifyArguments(
  argv: readonly string[],
  names: readonly string[],
): Parsed<VerifyOptions> {
  const command = createCommand({
    name: 'npm run verify --',
    about: 'Runs the long trials, of which npm test runs a short form each.',
    examples: [
      ['npm run verify', 'all of them, half an hour or so on two cores'],
      ['npm run verify -- --only fuzz,simulator', 'two of them'],
      ['npm run verify -- --only fuzz --seed 7', 'with the inputs of an earlier run'],
    ],
    remarks: 'Each trial says its seed and how long it took; a failure says how to replay it.',
  });
  command
    .option('--only <name,…>', 'Only these', join)
    .option('--seed <n>', 'What chance begins with (default: another each time)')
    .option('--list', 'Say what there is and run nothing');
  return parseWith(command, argv, (parsed) => readOptions(parsed, names));
}

function readOptions(command: Command, names: readonly string[]): VerifyOptions {
  const { only, seed, list } = command.opts<Record<string, string | true | undefined>>();
  const wanted = typeof only === 'string' ? only.split(',').map((name) => name.trim()) : [];
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw badUsage(`There is no trial called ${unknown || '""'}; there are ${names.join(', ')}.`);
  }
  if (seed !== undefined && !(/^\d{1,10}$/.test(String(seed)) && Number(seed) <= MAX_SEED)) {
    throw badUsage(`--seed is ${seed}, but must be a whole number from 0 to ${MAX_SEED}.`);
  }
  return {
    only: wanted,
    isList: list === true,
    ...(seed !== undefined && { seed: Number(seed) }),
  };
}
