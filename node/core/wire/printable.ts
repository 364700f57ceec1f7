// Which texts can be shown as they are, and how others are written out: what a log or a terminal
// would obey, or not show.

/**
 * What no text may hold, in configuration, requests and on the wire alike: control characters,
 * invisible ones (format, which turns directions too), halves of surrogate pairs, and separators of
 * lines and paragraphs. They steer terminals, split log lines, or make one name look like another.
 */
const ODD = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const ALL_ODD = new RegExp(ODD, 'gu');

/** Whether a text can be shown anywhere as it is. */
export const isPlain = (value: string): boolean => !ODD.test(value);

/** What a rule says that `isPlain` checks. */
export const PLAIN_RULE = 'none of them control characters or invisible';

/** As JavaScript and JSON write it, a unit of 16 bits at a time: `\u001b`. */
const escaped = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');

/** One line, whatever it is made from. */
export const printable = (text: string): string => text.replace(ALL_ODD, escaped);

/** The same for text of many lines, such as CSV. */
export const printableLines = (text: string): string =>
  text
    .split(/(\r?\n)/)
    .map((part, at) => (at % 2 === 0 ? printable(part) : part))
    .join('');

/** JSON means the same with these characters written out; `indent` as of JSON.stringify. */
export const printableJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).split('\n').map(printable).join('\n');
