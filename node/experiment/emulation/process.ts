// The other side of `child.ts`: one process with one node, as its experiment holds it.

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { OperatingError } from '../../errors.ts';
import { SMALL_ENVIRONMENT, V8_FLAGS } from '../../host/process/v8-flags.ts';
import { forwardLines } from '../processes.ts';
import type { NodeUse } from '../runs/stage.ts';
import type { FromChild, ToChild } from './child.ts';
import type { Seen } from './reports.ts';
import type { Setup } from './setup.ts';

export interface NodeProcess {
  /** Resolves when the node answers. */
  go(setup: Setup): Promise<void>;
  tell(message: Extract<ToChild, { type: 'cut' | 'frozen' }>): void;
  /** Undefined when it is gone. */
  use(): Promise<NodeUse | undefined>;
  /** Resolves when all that was seen so far has been handed on. */
  flush(): Promise<void>;
  /** Stands still: it holds its connections and answers nothing, not even here. */
  freeze(): void;
  /** Its number while it stands still. */
  frozenPid(): number | undefined;
  /** At once and without a word; resolves when it is gone. */
  kill(): Promise<void>;
}

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));
/** A process that loads its code on two busy cores takes its time. */
const LOAD_LIMIT_MS = 120_000;
/** One that lives answers a question within this. */
const ANSWER_LIMIT_MS = 10_000;

export interface ProcessOptions {
  readonly id: string;
  readonly onSeen: (seen: readonly Seen[]) => void;
  readonly onLine: (line: string) => void;
  /** It ended, and nobody here wanted that. */
  readonly onLost: (reason: string) => void;
  /** Kills it, also while it loads. */
  readonly signal: AbortSignal;
}

interface Child {
  readonly id: string;
  readonly process: ChildProcess;
  /** Resolves with the reason. */
  readonly ended: Promise<string>;
}

/** Resolves when its code is loaded and it waits for `go`; what does not get there is ended. */
export async function openProcess(options: ProcessOptions): Promise<NodeProcess> {
  const { id, signal } = options;
  // The id tells the processes apart for whoever lists them.
  const forked = fork(CHILD, [id], {
    execArgv: [...V8_FLAGS],
    env: { ...process.env, ...SMALL_ENVIRONMENT },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const child: Child = { id, process: forked, ended: endOf(forked) };
  forwardLines(forked, options.onLine);
  forked.on('message', (message: FromChild) => {
    if (message.type === 'seen') options.onSeen(message.seen);
  });
  const kill = (): void => void forked.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();
  try {
    await hear(child, ['loaded'], LOAD_LIMIT_MS);
  } catch (error) {
    kill();
    await child.ended;
    throw error;
  }
  return nodeProcess(child, options);
}

function nodeProcess(child: Child, { signal, onLost }: ProcessOptions): NodeProcess {
  const { process: forked, ended } = child;
  let isWanted = true;
  let isFrozen = false;
  void ended.then((reason) => {
    if (isWanted && !signal.aborted) onLost(reason);
  });
  const answers = (): boolean =>
    isWanted && !isFrozen && forked.connected && forked.exitCode === null;
  const send = (message: ToChild): void => {
    // A process may die between the question and the call.
    if (answers()) forked.send(message, () => {});
  };
  return {
    async go(setup) {
      send({ type: 'go', setup });
      const answer = await hear(child, ['ready', 'failed'], LOAD_LIMIT_MS);
      if (answer.type === 'failed') throw new OperatingError(answer.code, answer.message);
    },
    tell: send,
    async use() {
      if (!answers()) return undefined;
      send({ type: 'use' });
      const answer = await hear(child, ['use'], ANSWER_LIMIT_MS).catch(() => undefined);
      return answer?.type === 'use' ? answer.use : undefined;
    },
    async flush() {
      if (!answers()) return;
      send({ type: 'flush' });
      await hear(child, ['flushed'], ANSWER_LIMIT_MS).catch(() => undefined);
    },
    freeze() {
      isFrozen = true;
      forked.kill('SIGSTOP');
    },
    frozenPid: () => (isWanted && isFrozen ? forked.pid : undefined),
    async kill() {
      isWanted = false;
      // Ends one that stands still, too.
      forked.kill('SIGKILL');
      await ended;
    },
  };
}

/** Also of a process that could not be made. */
const endOf = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    child.once('exit', (code, killer) => resolve(killer ?? `exit code ${code}`));
    child.on('error', (error) => {
      if (child.pid === undefined) resolve(error.message);
    });
  });

/** The next message of one of these types; rejects when the process ends or says nothing. */
function hear(
  { id, process: child, ended }: Child,
  types: readonly FromChild['type'][],
  limitMs: number,
): Promise<FromChild> {
  return new Promise((resolve, reject) => {
    const finish = (end: () => void): void => {
      clearTimeout(timer);
      child.off('message', onMessage);
      end();
    };
    const fail = (reason: string): void =>
      finish(() => reject(new OperatingError('node_ended', `${id} ${reason}.`)));
    const onMessage = (message: FromChild): void => {
      if (types.includes(message.type)) finish(() => resolve(message));
    };
    const timer = setTimeout(() => fail(`said nothing for ${limitMs / 1_000} s`), limitMs);
    child.on('message', onMessage);
    void ended.then((reason) => fail(`ended: ${reason}`));
  });
}
