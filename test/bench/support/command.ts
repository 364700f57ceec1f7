// The command that users start, run as they do: `node node/cli/nodes.ts`, read by its JSON lines.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../../../node/cli/nodes.ts', import.meta.url));
const COMPILE_CACHE = new URL('../../../node/runtime/compile-cache.mjs', import.meta.url).href;
const READY_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 10_000;

export interface RunningCommand {
  readonly pid: number;
  /** As the command itself says it. */
  readonly seconds: number;
  /** From before the spawn to its ready line. */
  readonly wallSeconds: number;
  /** As Ctrl-C does; resolves with the seconds until the process was gone. */
  interrupt(): Promise<number>;
}

/** Resolves with the ready line; rejects when there is none. */
export async function startNodes(words: readonly string[]): Promise<RunningCommand> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['--import', COMPILE_CACHE, COMMAND, ...words, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // Under npm the command looks for the end of its parent.
    env: { ...process.env, npm_lifecycle_event: 'bench' },
  });
  const exit = once(child, 'exit');
  const kill = setTimeout(() => child.kill('SIGKILL'), READY_LIMIT_MS);
  const seconds = await readySeconds(child);
  const wallSeconds = (performance.now() - startedAt) / 1_000;
  clearTimeout(kill);
  if (seconds === undefined) throw new Error(`nodes ${words.join(' ')} ended before it was ready`);
  return { pid: child.pid ?? 0, seconds, wallSeconds, interrupt: () => interrupt(child, exit) };
}

/** The pipe is read to its end, or the command would stop at a full one. */
function readySeconds(child: ChildProcess): Promise<number | undefined> {
  return new Promise((resolve) => {
    if (child.stdout === null) return resolve(undefined);
    const lines = createInterface(child.stdout);
    lines.on('line', (line) => {
      const told = JSON.parse(line) as { type: string; seconds?: number };
      if (told.type === 'ready') resolve(told.seconds);
    });
    lines.once('close', () => resolve(undefined));
  });
}

async function interrupt(child: ChildProcess, exit: Promise<unknown>): Promise<number> {
  const toldAt = performance.now();
  child.kill('SIGINT');
  const kill = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await exit;
  clearTimeout(kill);
  return (performance.now() - toldAt) / 1_000;
}
