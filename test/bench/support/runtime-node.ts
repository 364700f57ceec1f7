// One node as the scripts of this project start it on a runtime, for benchmarks that compare them.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { ReadyAnswer } from '../../../node/http/answers/health-shapes.ts';
import { askJson } from './ask.ts';
import { readCpuMs } from './machine.ts';

export interface RuntimeNode {
  readonly pid: number;
  /** From before the spawn until it said that it answers, s. */
  readonly startSeconds: number;
  /** All threads, since it began, ms. */
  cpuMs(): number;
  /** Exchanges that it started. */
  exchanges(): Promise<number>;
  kill(): Promise<void>;
}

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  scripts: Record<string, string>;
};

export const RUNTIMES = [
  { name: 'Node.js', script: 'node', program: process.execPath },
  { name: 'Deno', script: 'node:deno', program: 'node_modules/.bin/deno' },
] as const;

export type Runtime = (typeof RUNTIMES)[number];

export async function startRuntimeNode(
  { script, program }: Runtime,
  port: number,
  words: readonly string[],
): Promise<RuntimeNode> {
  const [, ...line] = scripts[script]?.split(' ') ?? [];
  const startedAt = performance.now();
  const place = ['--port', String(port), '--log-level', 'error'];
  const child = spawn(program, [...line, ...place, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  await saidReady(child);
  const pid = child.pid ?? 0;
  return {
    pid,
    startSeconds: (performance.now() - startedAt) / 1_000,
    cpuMs: () => readCpuMs(pid),
    async exchanges() {
      const { gossip } = await askJson<ReadyAnswer>(`http://127.0.0.1:${port}/readyz`);
      return gossip.exchanges;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

const saidReady = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (text.includes(' answers at ')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`a node ended at its start: exit code ${code}`)));
  });
