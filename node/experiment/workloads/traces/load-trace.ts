// Where traces come from: a CSV file, the history of a node, or the one that ships with PrioMon.

import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { OperatingError } from '../../../errors.ts';
import { fetchHistory } from '../history.ts';
import type { Trace } from './trace.ts';
import { MAX_TRACE_CHARACTERS, readTrace } from './trace-file.ts';

/** Fifteen minutes of a real machine; recorded/README.md says which and how. */
export const RECORDED_TRACE = fileURLToPath(
  new URL('../recorded/build-machine.csv', import.meta.url),
);

/** A node asked for its history may have much to read. */
const HISTORY_TIMEOUT_MS = 30_000;

/** `source` is a path, or a URL that begins with http. */
export async function loadTrace(source: string): Promise<Trace> {
  if (/^https?:\/\//.test(source)) return fetchHistory(source, HISTORY_TIMEOUT_MS);
  return readTrace(await readSource(source), source);
}

async function readSource(path: string): Promise<string> {
  let reason = 'cannot be read';
  try {
    const { size } = await stat(path);
    if (size <= MAX_TRACE_CHARACTERS) return await readFile(path, 'utf8');
    reason = `has ${size} bytes, but ${MAX_TRACE_CHARACTERS} are the most`;
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    if (missing) reason = 'does not exist';
    throw new OperatingError('trace_file', `The trace ${path} ${reason}; name another.`, { cause });
  }
  throw new OperatingError('trace_file', `The trace ${path} ${reason}; name a shorter one.`);
}
