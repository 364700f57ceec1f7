// The parent's side of `host/process/child-process.ts`: starts a process that runs one node, speaks
// to it and ends it.

import { fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { OperatingError } from '../errors.ts';
import type { FromChild, ToChild } from '../host/process/child-process.ts';
import { SMALL_ENVIRONMENT, V8_FLAGS } from '../host/process/v8-flags.ts';

/** `Question` and `Answer`: messages that this kind of process knows besides the common ones. */
export interface Child<Setup, Question, Answer extends { readonly type: string }> {
  readonly pid: number | undefined;
  /** Resolves with the reason, also when no process could be made. */
  readonly ended: Promise<string>;
  /** Resolves when its code is loaded. */
  loaded(): Promise<void>;
  /** Resolves with the URL of its node; rejects with an OperatingError when there is none. */
  start(setup: Setup): Promise<string>;
  /** Whether messages can reach it. */
  isOpen(): boolean;
  tell(message: Question | Extract<ToChild, { type: 'stop' }>): void;
  /**
   * The next answer of this type; rejects when the process ends, or says nothing for longer than
   * the answer takes to make (`workMs`) and to come.
   */
  next<Type extends Answer['type']>(
    type: Type,
    workMs?: number,
  ): Promise<Extract<Answer, { type: Type }>>;
  kill(signal: NodeJS.Signals): void;
}

export interface ForkOptions<Answer> {
  readonly id: string;
  /** A line that it wrote on standard error. */
  readonly onLine: (line: string) => void;
  readonly onMessage?: (message: FromChild | Answer) => void;
}

/** A process that loads its code on two busy cores takes its time. */
const LOAD_LIMIT_MS = 120_000;
const AT_START = ' at its start';
/** One that lives answers a question within this. */
const ANSWER_LIMIT_MS = 10_000;

export function forkChild<Setup, Question, Answer extends { readonly type: string }>(
  entry: URL,
  { id, onLine, onMessage }: ForkOptions<Answer>,
): Child<Setup, Question, Answer> {
  type Told = FromChild | Answer;
  // The id tells processes apart in a list of them.
  const child = fork(entry, [id], {
    execArgv: [...V8_FLAGS],
    env: { ...process.env, ...SMALL_ENVIRONMENT },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, killer) => resolve(killer ?? `exit code ${code}`));
    // No process could be made, or it ended before it heard what to do.
    child.on('error', (error) => {
      if (child.pid === undefined) resolve(error.message);
    });
  });
  if (onMessage !== undefined) child.on('message', onMessage);
  if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', onLine);

  /** A process may die between the question and the call. */
  const send = (message: object): void => {
    if (child.connected) child.send(message, () => {});
  };

  function hear(types: readonly string[], limitMs: number, place = ''): Promise<Told> {
    return new Promise((resolve, reject) => {
      const finish = (end: () => void): void => {
        clearTimeout(timer);
        child.off('message', onTold);
        end();
      };
      const fail = (reason: string): void =>
        finish(() => reject(new OperatingError('node_ended', `${id} ${reason}.`)));
      const onTold = (message: Told): void => {
        if (types.includes(message.type)) finish(() => resolve(message));
      };
      const timer = setTimeout(() => fail(`said nothing for ${limitMs / 1_000} s`), limitMs);
      child.on('message', onTold);
      void ended.then((reason) => fail(`ended${place}: ${reason}`));
    });
  }

  return {
    pid: child.pid,
    ended,
    async loaded() {
      await hear(['loaded'], LOAD_LIMIT_MS, AT_START);
    },
    async start(setup) {
      send({ type: 'start', setup } satisfies ToChild<Setup>);
      const answer = (await hear(['ready', 'failed'], LOAD_LIMIT_MS, AT_START)) as FromChild;
      if (answer.type === 'ready') return answer.url;
      const { code, message } = answer as Extract<FromChild, { type: 'failed' }>;
      throw new OperatingError(code, message);
    },
    isOpen: () => child.connected && child.exitCode === null,
    tell: (message) => send(message as object),
    next: async <Type extends Answer['type']>(type: Type, workMs = 0) =>
      (await hear([type], workMs + ANSWER_LIMIT_MS)) as Extract<Answer, { type: Type }>,
    kill: (signal) => void child.kill(signal),
  };
}
