// What tests of commands share: what a parser made of a line, and a command as a process.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Parsed } from '../../node/cli/arguments.ts';

export const words = (line: string): string[] => (line === '' ? [] : line.split(' '));

export function optionsOf<T>(parsed: Parsed<T>): T {
  if (parsed.kind !== 'run') throw new Error(JSON.stringify(parsed));
  return parsed.options;
}

/** The one sentence of a refusal. */
export function usageOf<T>(parsed: Parsed<T>): string {
  if (parsed.kind !== 'usage') throw new Error(JSON.stringify(parsed));
  expect(parsed.message).toMatch(/^[^\n]+[.?]$/);
  return parsed.message;
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** Runs a command of `node/cli` to its end; `env` comes on top of our own environment. */
export function runToEnd(
  name: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const script = fileURLToPath(new URL(`../../node/cli/${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, [script, ...args], { env: { ...process.env, ...env } });
  const texts = { out: '', error: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    texts.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    texts.error += text;
  });
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, ...texts }));
  });
}
