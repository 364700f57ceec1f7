// What an answer of few bytes holds when more differs than it has room for.

import { expect, it } from 'vitest';
import { answerExchange } from '../../../node/core/exchange/answer.ts';
import { keyDigest } from '../../../node/core/exchange/digest.ts';
import { sizeOf } from '../../../node/core/exchange/request.ts';
import { applyUpdate } from '../../../node/core/membership/updates.ts';
import { updateArray } from '../../../node/core/wire/encode.ts';
import { aliveUpdate, hold, introduce, REQUEST, startEngine } from '../support.ts';

/** Knows of 12 members, each of which refuted once and has values. */
function startKnowing(id: string, base: number) {
  const engine = startEngine(id, { settings: { budgetBytes: 256 } });
  for (let i = 0; i < 12; i++) {
    applyUpdate(engine.state, aliveUpdate(`m${i}`, { incarnation: 1 }), 0);
    hold(engine, `m${i}`, base);
  }
  return engine;
}

it('membership updates chosen at random leave half of a small answer to values', () => {
  const teller = startKnowing('teller', 9);
  const asker = startKnowing('asker', 5);
  introduce(asker, teller);
  const digest = keyDigest(asker.state, 128);
  const head = { ...REQUEST, cluster: teller.cluster, from: asker.state.self.key, byKey: true };
  // The hash says that some status differs, and nobody can tell whose.
  const differing = { ...head, rosterHash: 0, digest, statusHash: 1 };
  const told = new Set<string>();
  for (let round = 0; round < 8; round++) {
    const { updates, chunks } = answerExchange(teller.state, differing, round);
    expect(updates.length).toBeGreaterThan(0);
    expect(sizeOf(updates.map(updateArray))).toBeLessThanOrEqual(128);
    expect(chunks.length).toBeGreaterThan(0);
    expect(updates[0]?.id).toBe('m11');
    for (const { id } of updates) told.add(id);
  }
  // Those at random are others each time.
  expect(told.size).toBeGreaterThan(8);
});
