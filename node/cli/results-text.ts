// Texts of strangers on a terminal, and tables and numbers for people. Names of experiments come
// from files and imports: what a terminal would obey is shown, not sent.

/** Controls, marks that turn the direction of writing, and breaks of lines other than our own. */
const OBEYED = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

const codeOf = (character: string): string => character.charCodeAt(0).toString(16).padStart(4, '0');

/** One line without anything that a terminal obeys: an escape is shown as `\u001b`. */
export const printable = (text: string): string =>
  text.replace(OBEYED, (character) => `\\u${codeOf(character)}`);

/** The same for text of many lines, such as CSV. */
export const printableLines = (text: string): string =>
  text.replace(OBEYED, (found) => (/[\r\n]/.test(found) ? found : `\\u${codeOf(found)}`));

/** JSON means the same with these characters escaped. */
export const printableJson = (value: unknown): string =>
  `${JSON.stringify(value, null, 2).replace(OBEYED, (found) =>
    found === '\n' ? found : `\\u${codeOf(found)}`,
  )}\n`;

/** Lines of columns; those in `right` hold numbers. `paint` colours what is as wide as it gets. */
export function tableLines(
  rows: readonly (readonly string[])[],
  right: readonly number[],
  paint: (cell: string, row: number, column: number) => string = (cell) => cell,
): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row, line) =>
    row
      .map((cell, i) => {
        const width = widths[i] ?? 0;
        return paint(right.includes(i) ? cell.padStart(width) : cell.padEnd(width), line, i);
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Four digits that count, and thousands apart. */
export const numberText = (value: number): string =>
  Math.abs(value) >= 1_000
    ? value.toLocaleString('en', { maximumFractionDigits: 0 })
    : value.toLocaleString('en', { maximumSignificantDigits: 4 });

/** `2026-11-21 09:12`, in the zone of this machine. */
export const timeText = (atMs: number): string =>
  new Date(atMs).toLocaleString('sv-SE').slice(0, 'YYYY-MM-DD hh:mm'.length);

export const durationText = (ms: number): string =>
  ms < 90_000 ? `${numberText(ms / 1_000)} s` : `${numberText(Math.round(ms / 60_000))} min`;
