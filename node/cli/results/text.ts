// Tables and numbers for people.

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
