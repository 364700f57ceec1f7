// How a process that runs one node for somebody else is told what to do: its configuration comes
// over the channel to its parent, and when the channel ends, so does the node.

import type { NodeConfig } from '../../config/schema.ts';
import { OperatingError } from '../../errors.ts';
import { createWorkerStores } from '../../storage/thread/worker.ts';
import { startNode } from '../node.ts';
import { createLog, outliveReaders } from './log.ts';

export type ToChild =
  | { readonly type: 'start'; readonly config: NodeConfig }
  | { readonly type: 'stop' };

export type FromChild =
  | { readonly type: 'ready'; readonly url: string }
  | { readonly type: 'failed'; readonly code: string; readonly message: string };

/** Past this the process ends whether or not everything was said and written. */
const CLOSE_LIMIT_MS = 1_500;

/** Runs the node that the parent describes, until the parent says stop or is gone. */
export function runAsChild(): void {
  let stop = async (): Promise<void> => {};
  let stopping = false;
  const end = async (code: number): Promise<void> => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(code), CLOSE_LIMIT_MS).unref();
    await stop();
    process.exit(code);
  };
  outliveReaders();
  // The terminal's Ctrl-C or end reaches the whole group; the parent decides what it means.
  for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {});
  process.on('SIGTERM', () => void end(0));
  process.on('disconnect', () => void end(0));
  process.on('message', async (message: ToChild) => {
    if (message.type === 'stop') return end(0);
    try {
      stop = await start(message.config, (code) => void end(code));
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      tell({ type: 'failed', code: error.code, message: error.message });
      await end(1);
    }
  });
}

const tell = (message: FromChild): void => {
  if (process.connected) process.send?.(message);
};

async function start(
  config: NodeConfig,
  end: (code: number) => void,
): Promise<() => Promise<void>> {
  // For whoever lists processes; without it they all are called after the runtime's thread.
  process.title = `priomon ${config.id ?? 'node'}`;
  const stores = config.storage.enabled ? createWorkerStores() : undefined;
  const log = createLog(config.id ?? 'node', config.logLevel);
  const node = await startNode(config, {
    stores,
    log,
    onEnd(reason, failed) {
      log(failed ? 'error' : 'info', `this node stops: ${reason}`);
      end(failed ? 1 : 0);
    },
  });
  tell({ type: 'ready', url: node.url });
  return async () => {
    await node.close();
    await stores?.close();
  };
}
