// A process that runs one node of an experiment and reports what is seen at it. It starts the node
// when told to, so that all nodes of a run start together, however long their processes took.

import { OperatingError } from '../../errors.ts';
import { outliveReaders } from '../../host/log.ts';
import { createWorkerStores } from '../../storage/worker.ts';
import type { NodeUse } from '../runs/stage.ts';
import { type LabNode, startLabNode } from './lab-node.ts';
import { createRecorder, type Seen } from './reports.ts';
import type { Setup } from './setup.ts';

export type ToChild =
  | { readonly type: 'go'; readonly setup: Setup }
  | { readonly type: 'cut'; readonly addresses: readonly string[] }
  | { readonly type: 'heal' }
  | { readonly type: 'use' }
  /** Report everything seen so far, and say that this was all. */
  | { readonly type: 'flush' }
  | { readonly type: 'stop' };

export type FromChild =
  | { readonly type: 'loaded' }
  | { readonly type: 'ready'; readonly url: string }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }
  | { readonly type: 'seen'; readonly seen: readonly Seen[] }
  | { readonly type: 'flushed' }
  | { readonly type: 'use'; readonly use: NodeUse };

/** Often enough to be watched, seldom enough to cost little. */
const REPORT_MS = 250;
/** Past this the process ends, whether or not its goodbye was heard. */
const STOP_LIMIT_MS = 1_500;
const MICROSECONDS_PER_MS = 1_000;

const recorder = createRecorder();
let node: LabNode | undefined;

const tell = (message: FromChild): void => {
  if (process.connected) process.send?.(message);
};

function report(): void {
  const seen = recorder.drain();
  if (seen.length > 0) tell({ type: 'seen', seen });
}

async function go(setup: Setup): Promise<void> {
  const stores = setup.config.storage.enabled ? createWorkerStores() : undefined;
  const onLine = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  try {
    node = await startLabNode(setup, { sink: recorder.sink, stores, onLine });
    tell({ type: 'ready', url: node.url });
    setInterval(report, REPORT_MS);
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    tell({ type: 'failed', code: error.code, message: error.message });
  }
}

function tellUse(): void {
  if (node === undefined) return;
  const { user, system } = process.cpuUsage();
  const cpuMs = (user + system) / MICROSECONDS_PER_MS;
  tell({ type: 'use', use: { ...node.use(), cpuMs, rssBytes: process.memoryUsage.rss() } });
}

async function stop(): Promise<void> {
  setTimeout(() => process.exit(0), STOP_LIMIT_MS).unref();
  await node?.close();
  process.exit(0);
}

function take(message: ToChild): void {
  switch (message.type) {
    case 'go':
      return void go(message.setup);
    case 'cut':
      return node?.cutOff(message.addresses);
    case 'heal':
      return node?.heal();
    case 'use':
      return tellUse();
    case 'flush':
      report();
      return tell({ type: 'flushed' });
    case 'stop':
      return void stop();
  }
}

outliveReaders();
// The terminal's Ctrl-C reaches the whole group; the parent decides what it means.
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {});
process.on('SIGTERM', () => void stop());
process.on('disconnect', () => process.exit(0));
process.on('message', take);
tell({ type: 'loaded' });
