// The project's commands as real processes, each in a process group of its own as a terminal would
// start it, and everything that a test wants to know of them.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, vi } from 'vitest';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

export type CommandName = 'nodes' | 'node' | 'query' | 'experiment' | 'simulate' | 'results';

export interface Command {
  readonly pid: number;
  /** The pipe may be closed early, as `head` does. */
  readonly stdout: ChildProcess['stdout'];
  /** All that came so far. */
  out(): string;
  error(): string;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** As Ctrl-C does: to the command and all its children. */
  interrupt(): void;
}

const commands: Command[] = [];
const folders: string[] = [];

/** `npm run nodes -- …` itself; slower by half a second than the script it runs. */
export const npmRun = (name: CommandName, ...args: readonly string[]): Command =>
  start('npm', ['run', '--silent', name, '--', ...args]);

export const run = (name: CommandName, ...args: readonly string[]): Command =>
  start(process.execPath, [`node/cli/${name}.ts`, ...args]);

/** Any program, seen from the project's folder. */
export const runProgram = (program: string, ...args: readonly string[]): Command =>
  start(program, args);

function start(program: string, args: readonly string[]): Command {
  const child = spawn(program, args, {
    cwd: ROOT,
    detached: true,
    env: plainEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { out: '', error: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    texts.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    texts.error += text;
  });
  const pid = child.pid ?? 0;
  const command: Command = {
    pid,
    stdout: child.stdout,
    out: () => texts.out,
    error: () => texts.error,
    ended: new Promise((resolve) => {
      child.once('close', (code, signal) => resolve({ code, signal }));
    }),
    interrupt: () => process.kill(-pid, 'SIGINT'),
  };
  commands.push(command);
  return command;
}

/** Without what the test runner or a developer's shell would tell the commands. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(PRIOMON_|LIBSQL_|NODE_OPTIONS|NODE_COMPILE_CACHE|VITEST|FORCE_COLOR)/.test(name),
  );
  return Object.fromEntries(kept);
}

/** Runs to its end. */
export async function outcomeOf(name: CommandName, ...args: readonly string[]) {
  const command = run(name, ...args);
  const { code } = await command.ended;
  return { code, out: command.out(), error: command.error(), pid: command.pid };
}

export interface ProcessRow {
  readonly pid: number;
  readonly args: readonly string[];
}

/** Living processes of a command's group; what is ending already is not counted. */
export async function processesOf({ pid }: Pick<Command, 'pid'>): Promise<ProcessRow[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const rows = await Promise.all(pids.map((name) => readProcess(name, pid)));
  return rows.flatMap((row) => row ?? []);
}

/** Undefined for another group's, and for one that ended meanwhile. */
async function readProcess(name: string, group: number): Promise<ProcessRow | undefined> {
  try {
    const stat = await readFile(`/proc/${name}/stat`, 'utf8');
    // The second field is a name in brackets that may hold anything.
    const [state, , groupText] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(groupText) !== group || state === 'Z') return undefined;
    const line = await readFile(`/proc/${name}/cmdline`, 'utf8');
    // A process that ends closes its pipes after its memory is given back, and is a zombie later.
    if (line === '') return undefined;
    return { pid: Number(name), args: line.split('\0').slice(0, -1) };
  } catch {
    return undefined;
  }
}

/** The process of one node of `nodes`. */
export async function nodeProcess(command: Command, id: string): Promise<number> {
  const rows = await processesOf(command);
  const row = rows.find(({ args }) => args[0] === `priomon ${id}`);
  if (row === undefined) throw new Error(`no process runs ${id}`);
  return row.pid;
}

/** Looks again and again until `check` throws no more; fails with its last error. */
export const until = <T>(deadlineMs: number, check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: deadlineMs, interval: 50 });

export const untilSaid = (command: Command, pattern: RegExp, deadlineMs: number): Promise<void> =>
  until(deadlineMs, () => {
    expect(command.out() + command.error()).toMatch(pattern);
  });

export const untilGone = (command: Pick<Command, 'pid'>, deadlineMs: number): Promise<void> =>
  until(deadlineMs, async () => {
    expect(await processesOf(command)).toEqual([]);
  });

export const expectNoStack = (text: string): void => expect(text).not.toMatch(/\n\s+at /);

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'priomon-e2e-'));
  folders.push(folder);
  return folder;
}

/** Whatever a failed test left behind. */
export async function endEverything(): Promise<void> {
  for (const command of commands.splice(0)) {
    for (const { pid } of await processesOf(command)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself meanwhile.
      }
    }
    await untilGone(command, 5_000);
  }
  // A database server that ends may still write into its folder.
  const how = { recursive: true, force: true, maxRetries: 5, retryDelay: 100 };
  for (const folder of folders.splice(0)) await rm(folder, how);
}
