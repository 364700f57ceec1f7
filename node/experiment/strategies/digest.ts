// The strategy of plain anti-entropy: versions of whole nodes, the newest first, no priorities.
// When not everything fits, the oldest entries are dropped for good, for the mark passes them by.

import { LABELS_INDEX } from '../../core/data/source.ts';
import { type Choice, chunkSize, type Picked, wholeChunk } from '../../core/exchange/deltas.ts';
import { PRIOMON, type Strategy } from '../../core/exchange/strategy.ts';
import type { Chunk, WireEntry } from '../../core/wire/messages.ts';

/** Bytes the list of chunks adds to a message besides the chunks. */
const LIST_HEADER_BYTES = 3;

export const DIGEST: Strategy = { ...PRIOMON, pick: pickNewest, hurries: false };

/** Members whose newest entry is youngest go first. */
export function pickNewest({ lacking, refOf, budgetBytes, now }: Choice): Picked {
  const whole = [...lacking].flatMap(
    ([member, theirs]) => wholeChunk(member, theirs, refOf(member), now) ?? [],
  );
  const ranked = whole
    .map((chunk) => ({ chunk, ageMs: youngest(chunk) }))
    .sort((a, b) => a.ageMs - b.ageMs);
  const chunks: Chunk[] = [];
  let bytes = LIST_HEADER_BYTES;
  let cut = false;
  for (const { chunk } of ranked) {
    const fitting = newestThatFit(chunk, budgetBytes - bytes);
    cut ||= fitting?.entries.length !== chunk.entries.length;
    if (fitting === undefined) continue;
    chunks.push(fitting);
    bytes += chunkSize(fitting);
  }
  return { chunks, bytes: chunks.length === 0 ? 0 : bytes, cut };
}

const youngest = ({ entries }: Chunk): number =>
  entries.reduce((age, { ageMs }) => Math.min(age, ageMs), Number.POSITIVE_INFINITY);

/** Labels and cards stay: without them nobody could tell what the values are of. */
function newestThatFit(chunk: Chunk, room: number): Chunk | undefined {
  const rank = ({ index, version }: WireEntry): number =>
    index <= LABELS_INDEX ? Number.POSITIVE_INFINITY : version;
  const entries = [...chunk.entries].sort((a, b) => (rank(b) > rank(a) ? 1 : -1));
  while (entries.length > 0 || chunk.entries.length === 0) {
    const part = { ...chunk, entries: entries.toSorted((a, b) => a.version - b.version) };
    if (chunkSize(part) <= room) return part;
    if (entries.pop() === undefined) return undefined;
  }
  return undefined;
}
