// A process that runs one node of an experiment and reports what is seen at it. It starts the node
// when told to, so that all nodes of a run start together, however long their processes took.

import { serveParent } from '../../host/process/child-process.ts';
import { createWorkerStores } from '../../storage/thread/worker.ts';
import type { NodeUse } from '../runs/stage.ts';
import { type InstrumentedNode, startInstrumentedNode } from './instrumented-node.ts';
import { watchLateness } from './lateness.ts';
import { createRecorder, type Seen } from './reports.ts';
import type { Setup } from './setup.ts';

/** What the experiment asks of the process, besides the messages of every child process. */
export type Question =
  /** Nothing passes between it and these addresses from now on, and all between others. */
  | { readonly type: 'cut'; readonly addresses: readonly string[] }
  /** Those that stand still, and could not end by themselves if the experiment were killed. */
  | { readonly type: 'frozen'; readonly pids: readonly number[] }
  | { readonly type: 'use' }
  /** Report everything seen so far, and say that this was all. */
  | { readonly type: 'flush' };

export type Answer =
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
let node: InstrumentedNode | undefined;
let frozen: readonly number[] = [];

const tell = serveParent<Setup, Question, Answer>({ start, take, end });

function report(): void {
  const seen = recorder.drain();
  if (seen.length > 0) tell({ type: 'seen', seen });
}

let beats = 0;
function onBeat(): void {
  beats++;
  if (beats % BEATS_PER_REPORT === 0) report();
}

async function start(setup: Setup): Promise<string> {
  usedBefore = process.cpuUsage();
  const stores = setup.config.storage.enabled ? createWorkerStores() : undefined;
  const onLine = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  const lateness = watchLateness(BEAT_MS, onBeat);
  node = await startInstrumentedNode(setup, { sink: recorder.sink, stores, lateness, onLine });
  return node.url;
}

function tellUse(): void {
  if (node === undefined) return;
  const { user, system } = process.cpuUsage(usedBefore);
  const cpuMs = (user + system) / MICROSECONDS_PER_MS;
  tell({ type: 'use', use: { ...node.use(), cpuMs, rssBytes: process.memoryUsage.rss() } });
}

function take(message: Question): void {
  switch (message.type) {
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

/** Without its experiment no node goes on, not even one that stands still. */
function end(code: number): void {
  for (const pid of frozen) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Another node was first.
    }
  }
  process.exit(code);
}
