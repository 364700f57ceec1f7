// One id, two generations: a ghost of our own past, or another node that took our id.

import { createMember, type Member, type Statement } from './member.ts';
import { addNews, announce } from './news.ts';
import { changeMarks } from './roster.ts';
import { entryAt, putEntry } from './source.ts';
import type { State } from './state.ts';
import { LIMITS } from './wire.ts';

/** Hears of a later run of our own id. */
export function takeOverId(state: State, said: Statement, now: number): Member | undefined {
  const gone = said.status === 'dead' || said.status === 'left';
  const ghost = gone || said.address === state.self.address || said.address === '';
  // The largest number there is can only be forged: it is no past of ours.
  if (said.generation >= LIMITS.generation) return undefined;
  if (ghost) return regenerate(state, said.generation + 1, now);
  if (!state.replaced) state.effects.push({ type: 'id_taken', address: said.address });
  state.replaced = true;
  return undefined;
}

/** Our clock was behind our own past, or others forgot us: goes on as one whom peers believe. */
export function regenerate(state: State, generation: number, now: number): Member {
  const { members, self } = state;
  const { id, address, status } = self;
  const next = createMember(
    { id, generation, incarnation: 0, status, address, ageMs: 0, accusers: [], leave: self.leave },
    now,
  );
  for (let index = 0; index < self.source.versions.length; index++) {
    const entry = entryAt(self.source, index);
    if (entry !== undefined) putEntry(next.source, entry);
  }
  members.remove(self);
  members.add(next);
  changeMarks(members, next, () => {
    next.source.base = state.version;
  });
  state.self = next;
  state.hot.delete(self);
  addNews(state.hot, next, 0);
  state.effects.push({ type: 'regenerated', generation });
  announce(state, next, status);
  return next;
}
