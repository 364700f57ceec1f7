// Fields of /proc/meminfo, which the memory and the swap probe share.

import { malformed, parseCount } from './text.ts';

/** Kibibytes; undefined when this kernel has no such line. Throws when it is cut or garbled. */
export function meminfoField(text: string, name: string): number | undefined {
  const start = text.startsWith(`${name}:`) ? 0 : text.indexOf(`\n${name}:`) + 1;
  if (start === 0 && !text.startsWith(`${name}:`)) return undefined;
  const end = text.indexOf('\n', start);
  const line = text.slice(start, end < 0 ? undefined : end);
  // The unit at the end proves that no digit was cut off.
  const value = parseCount(/^[^:]+:\s+(\d+) kB$/.exec(line)?.[1]);
  if (value === undefined) throw malformed('/proc/meminfo', `a size in kB for ${name}`, line);
  return value;
}
