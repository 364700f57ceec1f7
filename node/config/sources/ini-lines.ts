// INI text as Python's configparser reads it (docs.python.org/3/library/configparser.html, under
// "Supported INI File Structure"): sections and entries with their lines; what the keys mean is the
// caller's. Beyond Python's defaults a comment may follow a value, as PrioMon's README has it, and
// quotes around a whole value are taken off.

import type { Problem } from '../problem.ts';

export interface IniSection {
  readonly name: string;
  readonly where: string;
}

export interface IniEntry {
  readonly section: IniSection;
  /** In lower case, as configparser has it. */
  readonly key: string;
  /** Of several lines when some of them are indented deeper than the first. */
  readonly value: string;
  readonly where: string;
}

export interface IniLines {
  /** Also those without an entry; [DEFAULT] is none of them. */
  readonly sections: readonly IniSection[];
  readonly entries: readonly IniEntry[];
  readonly problems: readonly Problem[];
}

/** Its entries hold in every other section; by this very spelling, as in Python. */
export const DEFAULT_SECTION = 'DEFAULT';

/** An entry that lines below it may continue. */
interface Open {
  readonly section: IniSection;
  readonly key: string;
  readonly first: number;
  last: number;
  /** Blank lines count when text follows them. */
  readonly lines: string[];
}

export function readIniLines(name: string, text: string): IniLines {
  const problems: Problem[] = [];
  const entries: Open[] = [];
  const sections: IniSection[] = [];
  const known = new Map<string, IniSection>();
  let section: IniSection | undefined;
  let open: Open | undefined;
  let indent = 0;
  const say = (setting: string, where: string, message: string): void => {
    problems.push({ setting, where, message });
  };
  for (const [index, raw] of text.split(/\r\n|\r|\n/).entries()) {
    const line = withoutComment(raw);
    const written = line.trim();
    const depth = line.search(/\S/);
    if (written === '') {
      if (raw.trim() === '') open?.lines.push('');
    } else if (open !== undefined && depth > indent) {
      open.lines.push(written);
      open.last = index;
    } else {
      indent = depth;
      open = undefined;
      const where = `${name} line ${index + 1}`;
      const header = /^\[(.+)\]$/.exec(written)?.[1]?.trim();
      const [key, value] = pairIn(written);
      if (header !== undefined) {
        section = { name: header, where };
        const before = known.get(header);
        if (before !== undefined) say(header, where, twice(`[${header}]`, before.where, where));
        if (header === DEFAULT_SECTION) continue;
        known.set(header, section);
        sections.push(section);
      } else if (key === '') say('', where, `${where} ${NOT_INI}`);
      else if (section === undefined) say(key, where, `${key} (${where}) ${HOMELESS}`);
      else {
        open = { section, key, first: index, last: index, lines: [value] };
        entries.push(open);
      }
    }
  }
  return { sections, entries: entries.map((entry) => closed(name, entry)), problems };
}

const NOT_INI = 'is not valid INI; write [section], or key = value, or key: value.';
const HOMELESS = 'has no section; put [PrioMonParam] above it.';

/** What is given twice is a slip of the hand: configparser is strict, too. */
export const twice = (what: string, earlier: string, later: string): string =>
  `${what} is given twice (${earlier}, ${later}); keep one.`;

/** A comment has the whole line, or stands behind a space. */
const withoutComment = (line: string): string => line.replace(/(^|\s)[#;].*$/, '');

/** Either sign parts them, whichever comes first; an empty key is none. */
function pairIn(written: string): [key: string, value: string] {
  const at = written.search(/[=:]/);
  return at < 0
    ? ['', '']
    : [written.slice(0, at).trim().toLowerCase(), written.slice(at + 1).trim()];
}

function closed(name: string, { section, key, first, last, lines }: Open): IniEntry {
  const value = unquoted(lines.join('\n').trimEnd());
  const where =
    first === last ? `${name} line ${first + 1}` : `${name} lines ${first + 1} to ${last + 1}`;
  return { section, key, value, where };
}

const unquoted = (value: string): string => /^(["'])(.*)\1$/s.exec(value)?.[2] ?? value;
