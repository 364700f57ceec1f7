// The other side of `child.ts`: one process with one node, as its experiment holds it.

import type { FromChild } from '../../host/process/child-process.ts';
import { type Child, forkChild } from '../child-process.ts';
import type { NodeUse } from '../runs/stage.ts';
import type { Answer, Question } from './child.ts';
import type { Seen } from './reports.ts';
import type { Setup } from './setup.ts';

export interface NodeProcess {
  /** Resolves when the node answers. */
  go(setup: Setup): Promise<void>;
  tell(message: Extract<Question, { type: 'cut' | 'frozen' }>): void;
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

const CHILD = new URL('./child.ts', import.meta.url);

export interface ProcessOptions {
  readonly id: string;
  readonly onSeen: (seen: readonly Seen[]) => void;
  readonly onLine: (line: string) => void;
  /** It ended, and nobody here wanted that. */
  readonly onLost: (reason: string) => void;
  /** Kills it, also while it loads. */
  readonly signal: AbortSignal;
}

type NodeChild = Child<Setup, Question, Answer>;

/** Resolves when its code is loaded and it waits for `go`; what does not get there is ended. */
export async function openProcess(options: ProcessOptions): Promise<NodeProcess> {
  const { id, signal, onLine } = options;
  const child: NodeChild = forkChild(CHILD, {
    id,
    onLine,
    onMessage(message: FromChild | Answer) {
      if (message.type === 'seen') options.onSeen(message.seen);
    },
  });
  const kill = (): void => child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();
  try {
    await child.loaded();
  } catch (error) {
    kill();
    await child.ended;
    throw error;
  }
  return nodeProcess(child, options);
}

function nodeProcess(child: NodeChild, { signal, onLost }: ProcessOptions): NodeProcess {
  let isWanted = true;
  let isFrozen = false;
  void child.ended.then((reason) => {
    if (isWanted && !signal.aborted) onLost(reason);
  });
  const answers = (): boolean => isWanted && !isFrozen && child.isOpen();
  const tell = (message: Question): void => {
    if (answers()) child.tell(message);
  };
  return {
    async go(setup) {
      await child.start(setup);
    },
    tell,
    async use() {
      if (!answers()) return undefined;
      tell({ type: 'use' });
      return (await child.next('use').catch(() => undefined))?.use;
    },
    async flush() {
      if (!answers()) return;
      tell({ type: 'flush' });
      await child.next('flushed').catch(() => undefined);
    },
    freeze() {
      isFrozen = true;
      child.kill('SIGSTOP');
    },
    frozenPid: () => (isWanted && isFrozen ? child.pid : undefined),
    async kill() {
      isWanted = false;
      // Ends one that stands still, too.
      child.kill('SIGKILL');
      await child.ended;
    },
  };
}
