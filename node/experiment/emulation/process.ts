// The other side of `child.ts`: one process with one node, as its experiment holds it.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { OperatingError } from '../../errors.ts';
import { V8_FLAGS } from '../../host/v8-flags.ts';
import { forwardLines } from '../processes.ts';
import type { NodeUse } from '../runs/stage.ts';
import type { FromChild, ToChild } from './child.ts';
import type { Seen } from './reports.ts';
import type { Setup } from './setup.ts';

export interface NodeProcess {
  /** Resolves when the node answers. */
  go(setup: Setup): Promise<void>;
  tell(message: Extract<ToChild, { type: 'cut' | 'heal' }>): void;
  /** Undefined when it is gone. */
  use(): Promise<NodeUse | undefined>;
  /** Resolves when all that was seen so far has been handed on. */
  flush(): Promise<void>;
  /** At once and without a word. */
  kill(): void;
  /** Stands still: it holds its connections and answers nothing. */
  freeze(): void;
  stop(): Promise<void>;
}

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));
const COMPILE_CACHE = fileURLToPath(
  new URL('../../../node_modules/.cache/priomon', import.meta.url),
);
/** A process that loads its code on two busy cores takes its time. */
const LOAD_LIMIT_MS = 120_000;
/** One that lives answers a question within this. */
const ANSWER_LIMIT_MS = 10_000;
/** Past this a process that was told to stop is killed. */
const STOP_LIMIT_MS = 2_500;

export interface ProcessOptions {
  readonly id: string;
  readonly onSeen: (seen: readonly Seen[]) => void;
  readonly onLine: (line: string) => void;
}

/** Resolves when its code is loaded and it waits for `go`. */
export async function openProcess(options: ProcessOptions): Promise<NodeProcess> {
  // The id tells the processes apart for whoever lists them.
  const child = fork(CHILD, [options.id], {
    execArgv: [...V8_FLAGS],
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE, MALLOC_ARENA_MAX: '1' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'json',
  });
  forwardLines(child, options.onLine);
  const ended = once(child, 'exit');
  child.on('message', (message: FromChild) => {
    if (message.type === 'seen') options.onSeen(message.seen);
  });
  await hear(child, ['loaded'], LOAD_LIMIT_MS, options.id);
  const isGone = (): boolean => !child.connected || child.exitCode !== null;
  const send = (message: ToChild): void => {
    // A process may die between the question and the call.
    if (child.connected) child.send(message, () => {});
  };
  return {
    async go(setup) {
      send({ type: 'go', setup });
      const answer = await hear(child, ['ready', 'failed'], LOAD_LIMIT_MS, options.id);
      if (answer.type === 'failed') throw new OperatingError(answer.code, answer.message);
    },
    tell: send,
    async use() {
      if (isGone()) return undefined;
      send({ type: 'use' });
      const answer = await hear(child, ['use'], ANSWER_LIMIT_MS, options.id).catch(() => undefined);
      return answer?.type === 'use' ? answer.use : undefined;
    },
    async flush() {
      if (isGone()) return;
      send({ type: 'flush' });
      await hear(child, ['flushed'], ANSWER_LIMIT_MS, options.id).catch(() => undefined);
    },
    kill: () => child.kill('SIGKILL'),
    freeze: () => child.kill('SIGSTOP'),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      send({ type: 'stop' });
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** The next message of one of these types; rejects when the process ends or says nothing. */
function hear(
  child: ChildProcess,
  types: readonly FromChild['type'][],
  limitMs: number,
  id: string,
): Promise<FromChild> {
  return new Promise((resolve, reject) => {
    const finish = (end: () => void): void => {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', onExit);
      end();
    };
    const fail = (reason: string): void =>
      finish(() => reject(new OperatingError('node_ended', `${id} ${reason}.`)));
    const onMessage = (message: FromChild): void => {
      if (types.includes(message.type)) finish(() => resolve(message));
    };
    const onExit = (code: number | null, killer: string | null): void =>
      fail(`ended: ${killer ?? `exit code ${code}`}`);
    const timer = setTimeout(() => fail(`said nothing for ${limitMs / 1_000} s`), limitMs);
    child.on('message', onMessage);
    child.on('exit', onExit);
  });
}
