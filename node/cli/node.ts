// npm run node: one node in this process, until it is told to stop.

import { readConfig } from '../config/file.ts';
import { createLog, outliveReaders } from '../host/log.ts';
import { idOf, startNode } from '../host/node.ts';
import { createProbes } from '../probes/index.ts';
import { createWorkerStores } from '../storage/worker.ts';
import { runCommand } from './command.ts';
import { type NodeOptions, parseNodeArguments } from './options.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Runs until a signal, a planned leave, or the loss of its id. */
async function main(options: NodeOptions): Promise<number> {
  const { config, notes } = await readConfig({
    path: options.config,
    environment: process.env,
    flags: options.flags,
    probes: createProbes({ platform: process.platform }).map(({ name }) => name),
  });
  for (const note of notes) process.stderr.write(`note: ${note}\n`);
  const stores = config.storage.enabled ? createWorkerStores() : undefined;
  const log = createLog(idOf(config), config.logLevel);
  let end = (_outcome: { reason: string; code: number }): void => {};
  const ended = new Promise<{ reason: string; code: number }>((resolve) => {
    end = resolve;
  });
  // Before the start: peers know of this node sooner than the start is over, and want a goodbye.
  for (const signal of SIGNALS) process.once(signal, () => end({ reason: signal, code: 0 }));
  const node = await startNode(config, {
    stores,
    log,
    onEnd: (reason, failed) => end({ reason, code: failed ? 1 : 0 }),
  }).catch(async (error: unknown) => {
    await stores?.close();
    throw error;
  });
  process.stdout.write(`${node.id} answers at ${node.url}\n`);
  const { reason, code } = await ended;
  log(code === 0 ? 'info' : 'error', `stopping: ${reason}`);
  await node.close({ reason: code === 0 ? 'stopped' : reason });
  await stores?.close();
  return code;
}

outliveReaders();
await runCommand(parseNodeArguments, main);
