// Whether the process that runs an experiment still lives. It says so every few seconds; on its own
// machine its number tells sooner.

import { hostname } from 'node:os';

/** How often a running experiment says that its process lives, ms. */
export const TOUCH_EVERY_MS = 5_000;
/** Nobody heard of for so long lives, ms: some missed turns on a busy machine are allowed. */
const SILENT_MS = 20_000;

export const thisProcess = (): string => `${hostname()} ${process.pid}`;

function hasProcess(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch (error) {
    // It may belong to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** `writer` as `thisProcess` named it, `silentMs` since it was last heard of. */
export function isWriterAlive(writer: string, silentMs: number): boolean {
  if (silentMs > SILENT_MS) return false;
  const [host, id] = writer.split(' ');
  return host !== hostname() || hasProcess(Number(id));
}
