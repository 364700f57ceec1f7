// Engines that hold given marks of given members, to compare what their digests say.

import type { Engine } from '../../../node/core/engine.ts';
import { applyUpdate } from '../../../node/core/membership/updates.ts';
import { aliveUpdate, hold, startEngine } from '../support.ts';

export const idOf = (i: number): string => `m${String(i).padStart(4, '0')}`;

/** An engine that knows m0000, m0001 … with these bases, and has told of them long since. */
export function engineHolding(bases: readonly number[], self = 'reader'): Engine {
  const engine = startEngine(self);
  for (const [i, watermark] of bases.entries()) {
    applyUpdate(engine.state, aliveUpdate(idOf(i)), 0);
    hold(engine, idOf(i), watermark);
  }
  engine.state.members.retransmits.clear();
  return engine;
}

/** Two engines that know each other and the same members. */
export function pair(ours: readonly number[], theirs: readonly number[]): [Engine, Engine] {
  const reader = engineHolding(ours);
  const writer = engineHolding(theirs, 'writer');
  applyUpdate(reader.state, aliveUpdate('writer'), 0);
  applyUpdate(writer.state, aliveUpdate('reader'), 0);
  for (const id of ['reader', 'writer']) {
    for (const engine of [reader, writer]) {
      hold(engine, id, 1);
      engine.state.members.retransmits.clear();
    }
  }
  return [reader, writer];
}
