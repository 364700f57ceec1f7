// What it costs to cut a lane that does not fit: any peer can ask for all of a large fleet.

import { expect, it } from 'vitest';
import { putEntry } from '../../../node/core/data/source.ts';
import { pickChunks } from '../../../node/core/exchange/deltas.ts';
import { createMember } from '../../../node/core/membership/member.ts';
import { createRandom } from '../../../node/core/random.ts';
import { aliveUpdate, openedAt } from '../support.ts';

it('a lane that does not fit is cut by halving, not one entry at a time', () => {
  const member = createMember(aliveUpdate('a'), 0);
  const cards = Array.from({ length: 255 }, (_, i) => ({ definitionKey: i, priority: 5 }));
  for (const entry of openedAt(0, cards)) putEntry(member.source, entry);
  const watermark = 256;
  let looks = 0;
  const get = (): number => {
    looks++;
    return watermark;
  };
  Object.defineProperty(member.source, 'watermark', { get });
  const { chunks, cut } = pickChunks({
    ...{ lacking: [[member, { watermark: 0 }]], refOf: () => 0, now: 1_000 },
    ...{ budgetBytes: 600, reserveShare: 0.1, random: createRandom(1) },
  });
  expect(cut).toBe(true);
  expect(chunks).toHaveLength(1);
  // Tried with and without what is reserved.
  expect(looks).toBeLessThan(30);
});

it('long labels that do not fit are measured once, however many members have some', () => {
  let reads = 0;
  const members = Array.from({ length: 400 }, (_, i) => {
    const member = createMember(aliveUpdate(`m${i}`), 0);
    const card = {
      definitionKey: i,
      priority: 5,
      get labelValues(): string[] {
        reads++;
        return Array.from({ length: 8 }, () => 'v'.repeat(128));
      },
    };
    putEntry(member.source, { index: -1, version: 1, sampledAt: 0, value: card });
    member.source.watermark = 1;
    return member;
  });
  const { chunks, cut } = pickChunks({
    ...{ lacking: members.map((member) => [member, { watermark: 0 }]), refOf: () => 0, now: 1_000 },
    ...{ budgetBytes: 4_096, reserveShare: 0.1, random: createRandom(1) },
  });
  expect(cut).toBe(true);
  expect(chunks).toHaveLength(3);
  expect(reads).toBeLessThan(450);
});
