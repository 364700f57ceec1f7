// The arguments of the command.

import type { Command } from 'commander';
import { badUsage, createCommand, join, type Parsed, parseWith } from '../../node/cli/arguments.ts';

export interface BenchOptions {
  /** Names of the benchmarks to run; all when empty. */
  readonly only: readonly string[];
  readonly isQuick: boolean;
  readonly isList: boolean;
  readonly isMarkdown: boolean;
  /** Where the rows also go, as JSON. */
  readonly jsonFile?: string;
}

export function parseBenchArguments(
  argv: readonly string[],
  names: readonly string[],
): Parsed<BenchOptions> {
  const command = createCommand({
    name: 'npm run bench --',
    about: 'Measures PrioMon on this machine and prints one table beside what rivals need.',
    examples: [
      ['npm run bench', 'everything, about an hour; leave the machine alone meanwhile'],
      ['npm run bench -- --quick', 'the same in ten minutes, with figures that are worth little'],
      ['npm run bench -- --only start,cost', 'two of them'],
      ['npm run bench -- --markdown --json bench.json', 'a table for a README, and all rows'],
    ],
    remarks:
      'A figure that misses its aim is marked and is no failure; the exit code is 1 when\n' +
      'something could not be measured at all. With the rights for a network namespace\n' +
      '(root, or user namespaces) clusters run in one of their own, so that loopback\n' +
      'carries nothing else.',
  });
  command
    .option('--only <name,…>', 'Only these', join)
    .option('--quick', 'Short windows and few runs')
    .option('--list', 'Say what there is and measure nothing')
    .option('--markdown', 'The table as Markdown')
    .option('--json <file>', 'Also write all rows, with every value, to this file');
  return parseWith(command, argv, (parsed) => readOptions(parsed, names));
}

function readOptions(command: Command, names: readonly string[]): BenchOptions {
  const given = command.opts<Record<string, string | true | undefined>>();
  const { only, json } = given;
  const wanted = typeof only === 'string' ? only.split(',').map((name) => name.trim()) : [];
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw badUsage(
      `There is no benchmark called ${unknown || '""'}; there are ${names.join(', ')}.`,
    );
  }
  if (json === '') throw badUsage('--json is empty; name a file.');
  return {
    only: wanted,
    isQuick: given.quick === true,
    isList: given.list === true,
    isMarkdown: given.markdown === true,
    ...(typeof json === 'string' && { jsonFile: json }),
  };
}
