// Texts of others, for a log or a terminal: what either would obey, or not show, is written out.

/**
 * Controls; marks that turn the direction of writing or have no width; breaks of lines other than
 * our own; halves of a character, which no encoding has.
 */
const OBEYED = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** As JavaScript and JSON write it, a unit of 16 bits at a time: `\u001b`. */
const escaped = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');

/** One line, whatever it is made from. */
export const printable = (text: string): string => text.replace(OBEYED, escaped);

/** The same for text of many lines, such as CSV. */
export const printableLines = (text: string): string =>
  text
    .split(/(\r?\n)/)
    .map((part, at) => (at % 2 === 0 ? printable(part) : part))
    .join('');

/** JSON means the same with these characters written out; `indent` as of JSON.stringify. */
export const printableJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).split('\n').map(printable).join('\n');
