// Real nodes on this machine: each a process of its own, or all in this one. Both answer real HTTP.

import type { NodeConfig } from '../config/schema.ts';
import { startNode } from '../host/node.ts';
import { systemClock } from '../host/process/clock.ts';
import { createLog } from '../host/process/log.ts';
import { type Machine, openMachine } from '../host/process/measuring.ts';
import { watchProbes } from '../host/process/probe-watch.ts';
import { createWorkerStores } from '../storage/thread/worker.ts';
import { forkChild } from './child-process.ts';

/** A node that somebody here started and can end. */
export interface RunningNode {
  readonly id: string;
  readonly url: string;
  /** Authority (PEM) that vouches for it besides the system's own. */
  readonly ca?: string | undefined;
  /** Absent for nodes in this process. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

export interface Launch {
  /**
   * Resolves when this node answers; rejects with an OperatingError when it cannot, or when the
   * signal ends it before.
   */
  start(config: NodeConfig, signal?: AbortSignal): Promise<RunningNode>;
  /** Ends what all nodes share. */
  close(): Promise<void>;
}

export interface LaunchOptions {
  /** A line that some node wrote on standard error. */
  readonly onLine: (line: string) => void;
  /** A node ended without being told to. */
  readonly onEnd: (id: string, reason: string) => void;
}

/** Past this a process that was told to stop is killed. */
const STOP_LIMIT_MS = 1_700;

/** One process a node. */
export function launchProcesses(options: LaunchOptions): Launch {
  return {
    start: (config, signal) => startProcess(config, signal, options),
    close: async () => {},
  };
}

const ENTRY = new URL('../runtime/node.ts', import.meta.url);

async function startProcess(
  config: NodeConfig,
  signal: AbortSignal | undefined,
  { onLine, onEnd }: LaunchOptions,
): Promise<RunningNode> {
  const id = config.id ?? 'node';
  const child = forkChild<NodeConfig, never, never>(ENTRY, { id, onLine });
  const { pid, ended } = child;
  const giveUp = (): void => child.kill('SIGTERM');
  signal?.addEventListener('abort', giveUp, { once: true });
  const url = await child.start(config).finally(() => {
    signal?.removeEventListener('abort', giveUp);
  });
  let isTold = false;
  void ended.then((reason) => isTold || onEnd(id, reason));
  const stop = async (): Promise<void> => {
    isTold = true;
    child.tell({ type: 'stop' });
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await ended;
    clearTimeout(timer);
  };
  return { id, url, pid, stop };
}

/** All nodes in this process: they share one storage thread and one sampler. */
export function launchInProcess(options: LaunchOptions): Launch {
  const stores = createWorkerStores();
  let opening: Promise<Machine> | undefined;
  let watch: ReturnType<typeof watchProbes> | undefined;
  return {
    async start(config) {
      const id = config.id ?? 'node';
      const log = createLog(id, config.logLevel, (line) => options.onLine(line.trimEnd()));
      opening ??= openMachine(config);
      const machine = await opening;
      watch ??= watchProbes(machine, systemClock, log);
      const node = await startNode(config, {
        stores: config.storage.enabled ? stores : undefined,
        machine,
        log,
        onEnd: (reason, failed) => {
          options.onEnd(id, reason);
          if (failed) void node.close();
        },
      });
      return { id, url: node.url, pid: undefined, stop: () => node.close() };
    },
    async close() {
      await watch?.close();
      await stores.close();
    },
  };
}
