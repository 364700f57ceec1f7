// One line a happening, on standard error: time, level, node, sentence. All that a node logs passes
// here, and much of it was written by peers and callers.

import type { LogLevel } from '../../config/schema.ts';
import { LOG_LEVELS } from '../../config/schema.ts';
import { printable } from '../../core/wire/printable.ts';

export type Log = (level: LogLevel, sentence: string) => void;

/** A reader of our output may end; that must not end us. */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}

export function createLog(
  id: string,
  threshold: LogLevel,
  write: (line: string) => void = (line) => process.stderr.write(line),
): Log {
  const last = LOG_LEVELS.indexOf(threshold);
  return (level, sentence) => {
    if (LOG_LEVELS.indexOf(level) > last) return;
    // Only a fault's own place in the program has lines.
    const lines = sentence.split('\n').map((part) => part.trim());
    write(`${printable(`${new Date().toISOString()} ${level} ${id}: ${lines.join(' | ')}`)}\n`);
  };
}
