// Real nodes on this machine: each a process of its own, or all in this one. Both answer real HTTP.

import { type ChildProcess, fork } from 'node:child_process';
import type { NodeConfig } from '../config/schema.ts';
import { OperatingError } from '../errors.ts';
import { startNode } from '../host/node.ts';
import type { FromChild, ToChild } from '../host/process/child-process.ts';
import { systemClock } from '../host/process/clock.ts';
import { createLog } from '../host/process/log.ts';
import { createMachine } from '../host/process/measuring.ts';
import { watchProbes } from '../host/process/probe-watch.ts';
import { SMALL_ENVIRONMENT, V8_FLAGS } from '../host/process/v8-flags.ts';
import { createWorkerStores } from '../storage/thread/worker.ts';

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

function startProcess(
  config: NodeConfig,
  signal: AbortSignal | undefined,
  options: LaunchOptions,
): Promise<RunningNode> {
  const id = config.id ?? 'node';
  // The id tells the processes apart for whoever lists them.
  const child = fork(new URL('../runtime/node.ts', import.meta.url), [id], {
    execArgv: [...V8_FLAGS],
    env: { ...process.env, ...SMALL_ENVIRONMENT },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  forwardLines(child, options.onLine);
  let running = false;
  let told = false;
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, killer) => resolve(killer ?? `exit code ${code}`));
    // No process could be made, or it ended before it heard what to do.
    child.on('error', (error) => {
      if (child.pid === undefined) resolve(error.message);
    });
  });
  return new Promise((resolve, reject) => {
    child.on('message', (message: FromChild) => {
      if (message.type === 'failed') reject(new OperatingError(message.code, message.message));
      if (message.type !== 'ready') return;
      running = true;
      resolve({
        id,
        url: message.url,
        pid: child.pid,
        async stop() {
          told = true;
          await stopProcess(child, ended);
        },
      });
    });
    void ended.then((reason) => {
      if (!running)
        reject(new OperatingError('node_ended', `${id} ended at its start: ${reason}.`));
      else if (!told) options.onEnd(id, reason);
    });
    signal?.addEventListener('abort', () => running || child.kill('SIGTERM'), { once: true });
    if (child.connected) child.send({ type: 'start', config } satisfies ToChild);
  });
}

async function stopProcess(child: ChildProcess, ended: Promise<string>): Promise<void> {
  if (child.connected) child.send({ type: 'stop' } satisfies ToChild);
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(timer);
}

export function forwardLines(child: ChildProcess, onLine: (line: string) => void): void {
  let rest = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
}

/** All nodes in this process: they share one storage thread and one sampler. */
export function launchInProcess(options: LaunchOptions): Launch {
  const stores = createWorkerStores();
  let machine: ReturnType<typeof createMachine> | undefined;
  let watch: ReturnType<typeof watchProbes> | undefined;
  return {
    async start(config) {
      const id = config.id ?? 'node';
      const log = createLog(id, config.logLevel, (line) => options.onLine(line.trimEnd()));
      machine ??= createMachine(config.disabled, config.hostRoot);
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
