// Rows that wait for the disk: bounded, the oldest go first, and what went is counted.

export interface RowQueue<Row> {
  add(rows: readonly Row[]): void;
  take(count: number): Row[];
  /** Rows that could not be written return to the front, where they are the oldest again. */
  putBack(rows: readonly Row[]): void;
  readonly length: number;
  readonly dropped: number;
}

export function createRowQueue<Row>(maxRows: number): RowQueue<Row> {
  let waiting: Row[] = [];
  let dropped = 0;

  const keepNewest = (): void => {
    const excess = waiting.length - maxRows;
    if (excess <= 0) return;
    waiting.splice(0, excess);
    dropped += excess;
  };

  return {
    add(rows) {
      for (const row of rows) waiting.push(row);
      keepNewest();
    },
    take: (count) => waiting.splice(0, count),
    putBack(rows) {
      waiting = [...rows, ...waiting];
      keepNewest();
    },
    get length() {
      return waiting.length;
    },
    get dropped() {
      return dropped;
    },
  };
}
