// INI text into entries with their section and line; what the keys mean is the caller's.

import { parse } from 'ini';
import type { Problem } from './problem.ts';

export interface IniEntry {
  readonly section: { readonly name: string; readonly where: string };
  /** In lower case, as Python's configparser has it. */
  readonly key: string;
  readonly value: string;
  readonly where: string;
}

export function readIniLines(
  name: string,
  text: string,
): { entries: IniEntry[]; problems: Problem[] } {
  const entries: IniEntry[] = [];
  const problems: Problem[] = [];
  let section: IniEntry['section'] | undefined;
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    if (/^\s*([;#]|$)/.test(line)) continue;
    const where = `${name} line ${index + 1}`;
    const header = /^\s*\[([^\]]*)\]\s*([;#].*)?$/.exec(line)?.[1];
    const entry = header === undefined ? readEntry(line) : undefined;
    if (header !== undefined) section = { name: header.trim(), where };
    else if (!entry) {
      const message = `${where} is not valid INI; write [section], or key = value.`;
      problems.push({ setting: '', where, message });
    } else if (!section) {
      const message = `${entry.key} (${where}) has no section; put [PrioMonParam] above it.`;
      problems.push({ setting: entry.key, where, message });
    } else entries.push({ section, ...entry, where });
  }
  return { entries, problems };
}

/** One line by the library, which knows quotes, escapes and comments behind a value. */
function readEntry(line: string): { key: string; value: string } | undefined {
  if (!line.includes('=')) return undefined;
  const [pair] = Object.entries(parse(line.trim()));
  if (!pair || typeof pair[1] === 'object') return undefined;
  return { key: pair[0].toLowerCase(), value: unquoted(String(pair[1])) };
}

/** The library leaves the quotes of `"[10]" ; comment`. */
const unquoted = (value: string): string => /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;
