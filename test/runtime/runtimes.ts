// The runtimes whose nodes are processes of this machine, and how each is started.

import { readFileSync } from 'node:fs';
import { type Command, run, runProgram } from '../e2e/support/commands.ts';

export interface Runtime {
  readonly name: string;
  /** The `node` command of this runtime, with these words after it. */
  start(...words: readonly string[]): Command;
}

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  scripts: Record<string, string>;
};

/** What `npm run node:deno` runs, word by word. */
const [, ...DENO_WORDS] = scripts['node:deno']?.split(' ') ?? [];

export const DENO = 'node_modules/.bin/deno';

export const RUNTIMES: readonly Runtime[] = [
  { name: 'Node.js', start: (...words) => run('node', ...words) },
  { name: 'Deno', start: (...words) => runProgram(DENO, ...DENO_WORDS, ...words) },
];
