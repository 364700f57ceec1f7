// The rows of pieces, summed up by SQL; one by one where a clock that was set back shuffled them.

import { SLOT_MS } from '../database/schema.ts';
import { type Part, partOf } from './fold.ts';
import {
  isSetBack,
  type PartRow,
  type Piece,
  readParts,
  selectParts,
  selectSetBack,
} from './part-statements.ts';
import type { Reader } from './reader.ts';
import { readLatest, selectLatest } from './statements.ts';

/** Of each piece its parts, the latest first, as its owner counted them. */
export async function readPieces(reader: Reader, pieces: readonly Piece[]): Promise<Part[][]> {
  const found = readParts(await reader.rows(selectParts(pieces)));
  const shuffled = await findShuffled(reader, pieces, found);
  const byPiece = Map.groupBy(found, ([number]) => number);
  const parts = pieces.map(({ slot }, number) => {
    const rows = byPiece.get(number)?.toReversed() ?? [];
    return rows.map((row) => sumOf(slot * SLOT_MS, row));
  });
  for (const number of shuffled) {
    const piece = pieces[number];
    if (piece !== undefined) parts[number] = await readSingly(reader, piece);
  }
  return parts;
}

async function findShuffled(
  reader: Reader,
  pieces: readonly Piece[],
  found: readonly PartRow[],
): Promise<ReadonlySet<number>> {
  const shuffled = new Set(found.filter(isSetBack).map(([number]) => number));
  const isCut = pieces.some(({ untilMs }) => untilMs < SLOT_MS);
  const rows = isCut ? await reader.rows(selectSetBack(pieces)) : [];
  for (const { number } of rows) shuffled.add(Number(number));
  return shuffled;
}

async function readSingly(reader: Reader, piece: Piece): Promise<Part[]> {
  const { slot, fromVersion, untilVersion, fromMs } = piece;
  const [row] = await reader.rows(selectLatest([piece], untilVersion - fromVersion));
  return readLatest(row)
    .filter(([version, offsetMs]) => version >= fromVersion && offsetMs >= fromMs)
    .map(([, offsetMs, value]) => partOf(slot * SLOT_MS + offsetMs, value));
}

/** Times of the hour become those of the wall clock. */
function sumOf(startMs: number, row: PartRow): Part {
  const [, , firstMs, count, min, max, heldSum, heldMs, , lastMs, lastValue] = row;
  const times = { firstMs: startMs + firstMs, lastMs: startMs + lastMs };
  return { count, min, max, heldSum, heldMs, lastValue, ...times };
}
