// A process that runs one node of an experiment and reports what is seen at it. It starts the node
// when told to, so that all nodes of a run start together, however long their processes took.

import { OperatingError } from '../../errors.ts';
import { outliveReaders } from '../../host/process/log.ts';
import { createWorkerStores } from '../../storage/thread/worker.ts';
import type { NodeUse } from '../runs/stage.ts';
import { type LabNode, startLabNode } from './lab-node.ts';
import { watchLateness } from './lateness.ts';
import { createRecorder, type Seen } from './reports.ts';
import type { Setup } from './setup.ts';

export type ToChild =
  | { readonly type: 'go'; readonly setup: Setup }
  /** Nothing passes between it and these addresses from now on, and all between others. */
  | { readonly type: 'cut'; readonly addresses: readonly string[] }
  /** Those that stand still, and could not end by themselves if the experiment were killed. */
  | { readonly type: 'frozen'; readonly pids: readonly number[] }
  | { readonly type: 'use' }
  /** Report everything seen so far, and say that this was all. */
  | { readonly type: 'flush' };

export type FromChild =
  | { readonly type: 'loaded' }
  | { readonly type: 'ready'; readonly url: string }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }
  | { readonly type: 'seen'; readonly seen: readonly Seen[] }
  | { readonly type: 'flushed' }
  | { readonly type: 'use'; readonly use: NodeUse };

/** Often enough to be watched, seldom enough to cost next to nothing. */
const BEAT_MS = 500;
const BEATS_PER_REPORT = 2;
const MICROSECONDS_PER_MS = 1_000;

const recorder = createRecorder();
/** Loading the code is no work of the node. */
let usedBefore = process.cpuUsage();
let node: LabNode | undefined;
let frozen: readonly number[] = [];

const tell = (message: FromChild): void => {
  if (process.connected) process.send?.(message);
};

function report(): void {
  const seen = recorder.drain();
  if (seen.length > 0) tell({ type: 'seen', seen });
}

let beats = 0;
function onBeat(): void {
  beats++;
  if (beats % BEATS_PER_REPORT === 0) report();
}

async function go(setup: Setup): Promise<void> {
  usedBefore = process.cpuUsage();
  const stores = setup.config.storage.enabled ? createWorkerStores() : undefined;
  const onLine = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  const lateness = watchLateness(BEAT_MS, onBeat);
  try {
    node = await startLabNode(setup, { sink: recorder.sink, stores, lateness, onLine });
    tell({ type: 'ready', url: node.url });
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    tell({ type: 'failed', code: error.code, message: error.message });
  }
}

function tellUse(): void {
  if (node === undefined) return;
  const { user, system } = process.cpuUsage(usedBefore);
  const cpuMs = (user + system) / MICROSECONDS_PER_MS;
  tell({ type: 'use', use: { ...node.use(), cpuMs, rssBytes: process.memoryUsage.rss() } });
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Another node was first.
  }
}

function take(message: ToChild): void {
  switch (message.type) {
    case 'go':
      return void go(message.setup);
    case 'cut':
      return node?.cutOff(message.addresses);
    case 'frozen':
      frozen = message.pids;
      return;
    case 'use':
      return tellUse();
    case 'flush':
      report();
      return tell({ type: 'flushed' });
  }
}

// As its parent calls it, for whoever lists processes.
process.title = `priomon ${process.argv[2] ?? 'node'}`;
outliveReaders();
// The terminal's Ctrl-C reaches the whole group; the parent decides what it means.
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {});
// No experiment, no node: the parent may have been killed.
process.on('disconnect', () => {
  for (const pid of frozen) end(pid);
  process.exit(0);
});
process.on('message', take);
tell({ type: 'loaded' });
