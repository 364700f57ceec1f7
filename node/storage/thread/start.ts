// Starts a thread of our own: without the flags of the process, with its compile cache.

import * as modules from 'node:module';
import { dirname } from 'node:path';
import { Worker, type WorkerOptions } from 'node:worker_threads';

export interface StartOptions extends Pick<WorkerOptions, 'resourceLimits' | 'workerData'> {
  /** As a list of threads shows it (`ps -T`), 15 characters at most. */
  readonly name: string;
}

/**
 * Without the flags of the process: `--input-type`, for one, would end the thread at once. With
 * its compile cache, if it has one: stripping types in the thread takes 32 MB that stay taken.
 */
export function startWorker(entry: URL, options: StartOptions): Worker {
  // Deno has neither the cache nor the question.
  const cache = modules.getCompileCacheDir?.();
  const env = cache === undefined ? process.env : { ...process.env, ...cacheEnvironment(cache) };
  return new Worker(entry, { ...options, execArgv: [], env });
}

/**
 * What is told of the cache is the folder of this version and these flags inside the one that was
 * asked for. Portable, as in `runtime/compile-cache.mjs`: it holds for a checkout that was moved.
 */
const cacheEnvironment = (told: string) => ({
  NODE_COMPILE_CACHE: dirname(told),
  NODE_COMPILE_CACHE_PORTABLE: '1',
});

/** A timer, as in Clock, that does not keep the process alive; returns what stops it. */
export function after(delayMs: number, callback: () => void): () => void {
  const timer = setTimeout(callback, delayMs).unref();
  return () => clearTimeout(timer);
}
