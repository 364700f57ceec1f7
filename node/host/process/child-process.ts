// A process that runs one node for another program. The two speak over the channel to the parent:
// it says what to start, and when the channel ends, so does the node. Kinds of child processes may
// add messages of their own.

import type { NodeConfig } from '../../config/schema.ts';
import { OperatingError } from '../../errors.ts';
import { createWorkerStores } from '../../storage/thread/worker.ts';
import { startNode } from '../node.ts';
import { createLog, outliveReaders } from './log.ts';

export type ToChild<Setup = NodeConfig> =
  | { readonly type: 'start'; readonly setup: Setup }
  | { readonly type: 'stop' };

export type FromChild =
  /** Its code is loaded. */
  | { readonly type: 'loaded' }
  | { readonly type: 'ready'; readonly url: string }
  | { readonly type: 'failed'; readonly code: string; readonly message: string };

export interface ChildOptions<Setup, Question> {
  /** Resolves with the URL at which the node answers. */
  start(setup: Setup): Promise<string>;
  /** The parent said stop or is gone, or the start failed: ends the process. */
  end(code: number): void;
  /** Messages of this kind of process. */
  take?(message: Question): void;
}

/** Past this the process ends whether or not everything was said and written. */
const CLOSE_LIMIT_MS = 1_500;

/** Returns how to tell the parent something. */
export function serveParent<
  Setup = NodeConfig,
  Question extends { readonly type: string } = never,
  Answer = never,
>(options: ChildOptions<Setup, Question>): (message: FromChild | Answer) => void {
  const tell = (message: FromChild | Answer): void => {
    if (process.connected) process.send?.(message);
  };
  const start = async (setup: Setup): Promise<void> => {
    try {
      tell({ type: 'ready', url: await options.start(setup) });
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      tell({ type: 'failed', code: error.code, message: error.message });
      options.end(1);
    }
  };
  // Lists of processes show it; without it they would all be called after the runtime's thread.
  process.title = `priomon ${process.argv[2] ?? 'node'}`;
  outliveReaders();
  // The terminal's Ctrl-C or end reaches the whole group; the parent decides what it means.
  for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {});
  process.on('SIGTERM', () => options.end(0));
  process.on('disconnect', () => options.end(0));
  process.on('message', (message: ToChild<Setup> | Question) => {
    if (isStart(message)) void start(message.setup);
    else if (message.type === 'stop') options.end(0);
    else options.take?.(message as Question);
  });
  tell({ type: 'loaded' });
  return tell;
}

const isStart = <Setup>(
  message: ToChild<Setup> | { readonly type: string },
): message is Extract<ToChild<Setup>, { type: 'start' }> => message.type === 'start';

/** Runs the node that the parent describes, until the parent says stop or is gone. */
export function runAsChild(): void {
  let close = async (): Promise<void> => {};
  let isEnding = false;
  const end = async (code: number): Promise<void> => {
    if (isEnding) return;
    isEnding = true;
    setTimeout(() => process.exit(code), CLOSE_LIMIT_MS).unref();
    await close();
    process.exit(code);
  };
  serveParent({
    end: (code) => void end(code),
    async start(config) {
      const stores = config.storage.enabled ? createWorkerStores() : undefined;
      const log = createLog(config.id ?? 'node', config.logLevel);
      const node = await startNode(config, {
        stores,
        log,
        onEnd(reason, failed) {
          log(failed ? 'error' : 'info', `this node stops: ${reason}`);
          void end(failed ? 1 : 0);
        },
      });
      close = async () => {
        await node.close();
        await stores?.close();
      };
      return node.url;
    },
  });
}
