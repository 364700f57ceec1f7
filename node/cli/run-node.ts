// One node in this process, until it is told to stop: what every runtime's `node` command does.

import { existsSync } from 'node:fs';
import type { NodeConfig } from '../config/schema.ts';
import { readConfig } from '../config/sources/file.ts';
import { printable } from '../core/wire/printable.ts';
import type { OperatingError } from '../errors.ts';
import { idOf } from '../host/network/naming.ts';
import { startNode } from '../host/node.ts';
import { createLog, outliveReaders } from '../host/process/log.ts';
import { createProbes } from '../probes/index.ts';
import { createWorkerStores } from '../storage/thread/worker.ts';
import { EXIT_FAILED, runCommand } from './command.ts';
import { type NodeOptions, parseNodeArguments } from './options.ts';

export interface NodeProgram {
  /** As the user calls it, such as `npm run node`. */
  readonly name: string;
  /** Whether the runtime itself forbade something; its users can mend that. */
  readonly explain?: (error: unknown) => OperatingError | undefined;
  /** What the user should know of this runtime, one sentence. */
  readonly remark?: (config: NodeConfig) => string | undefined;
}

/** Once all is closed. */
const ENDS_WITHIN_MS = 2_000;
const SHELL = '/bin/sh';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export async function runNode(program: NodeProgram): Promise<void> {
  const { name, explain } = program;
  outliveReaders();
  if (explain !== undefined) endExplained(explain);
  await runCommand(
    (argv) => parseNodeArguments(argv, name),
    (options) =>
      main(options, program).catch((error: unknown) => {
        throw explain?.(error) ?? error;
      }),
  );
  endAnyway();
}

/**
 * A thread that reads from a file system that hangs keeps the process, and `process.exit` waits for
 * that thread too. Another program in its place waits for nothing. It is no Node.js, which reads
 * /proc/meminfo when it starts.
 */
function endAnyway(): void {
  setTimeout(() => {
    process.stderr.write(
      'note: a thread is held, as by a file system that hangs; this process ends without it\n',
    );
    const leave = `exit ${process.exitCode ?? 0}`;
    if (existsSync(SHELL)) process.execve?.(SHELL, [SHELL, '-c', leave]);
    process.exit();
  }, ENDS_WITHIN_MS).unref();
}

/** Some of what a runtime forbids is thrown where nobody can catch it. */
function endExplained(explain: NonNullable<NodeProgram['explain']>): void {
  process.on('uncaughtException', (error) => {
    const why = explain(error);
    if (why === undefined) throw error;
    process.stderr.write(`${printable(why.message)}\n`);
    process.exit(EXIT_FAILED);
  });
}

/** Runs until a signal, a planned leave, or the loss of its id. */
async function main(options: NodeOptions, { remark }: NodeProgram): Promise<number> {
  const { config, notes } = await readConfig({
    path: options.config,
    environment: process.env,
    flags: options.flags,
    probes: createProbes({ platform: process.platform }).map(({ name }) => name),
  });
  process.title = `priomon ${idOf(config)}`;
  const remarks = [...notes, remark?.(config) ?? []].flat();
  for (const note of remarks) process.stderr.write(`${printable(`note: ${note}`)}\n`);
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
