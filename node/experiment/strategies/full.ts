// Whole records, as the original PrioMon and DEMon send them: every sample is told, counters of all
// nodes go out with each call, and whatever has a newer counter travels whole, calm or not.

import { type Choice, chunkSize, type Picked, wholeChunk } from '../../core/exchange/deltas.ts';
import { PRIOMON, type Strategy } from '../../core/exchange/strategy.ts';
import type { Chunk } from '../../core/wire/messages.ts';

export const FULL: Strategy = {
  ...PRIOMON,
  tellsEverything: true,
  pick: pickRecords,
  wholeRecords: true,
  hurries: false,
};

/** Records that are newer here, from their first entry on, as many as a message may hold. */
export function pickRecords({ lacking, refOf, budgetBytes, now }: Choice): Picked {
  const chunks: Chunk[] = [];
  let bytes = 0;
  let cut = false;
  for (const [member, theirs] of lacking) {
    if (member.source.watermark <= theirs.watermark) continue;
    const chunk = wholeChunk(member, { watermark: 0 }, refOf(member), now);
    if (chunk === undefined) continue;
    const size = chunkSize(chunk);
    if (bytes + size > budgetBytes) {
      cut = true;
      continue;
    }
    chunks.push(chunk);
    bytes += size;
  }
  return { chunks, bytes, cut };
}
