// One id, two generations: a ghost of our own past, or another node that took our id.

import { memberKey } from './hash.ts';
import { createMember, type Member, type Statement, statementOf } from './member.ts';
import { addNews, announce } from './news.ts';
import { changeMarks } from './roster.ts';
import { sendTo } from './send.ts';
import { entryAt, entryCount, putEntry } from './source.ts';
import type { State } from './state.ts';
import { LIMITS, type Push, type Request } from './wire.ts';

/** Hears of a later run of our own id. */
export function takeOverId(state: State, said: Statement, now: number): Member | undefined {
  const gone = said.status === 'dead' || said.status === 'left';
  const ghost = gone || said.address === state.self.address || said.address === '';
  if (ghost) return regenerate(state, said.generation + 1, now);
  askRival(state, said, now);
  return undefined;
}

/** Anybody can claim our id; who really runs there answers for it. One question at a time. */
function askRival(state: State, said: Statement, now: number): void {
  if (state.replaced || [...state.pending.values()].some(({ rival }) => rival !== undefined))
    return;
  const target = memberKey(said.id, said.generation);
  const message = { kind: 'ping', cluster: state.cluster, from: state.self.key, target } as const;
  sendTo(state, said.address, message, 'ping', now, { rival: said });
}

/** The node that is said to run under our id answered for itself, or nobody did. */
export function settleRival(state: State, rival: Statement, alive: boolean, now: number): void {
  if (!alive) {
    regenerate(state, rival.generation + 1, now);
    return;
  }
  state.effects.push({ type: 'id_taken', address: rival.address });
  state.replaced = true;
  sayLastWord(state, rival.address, now);
}

/** The other machine would never hear of this one: its user has a fault to put right as well. */
function sayLastWord(state: State, address: string, now: number): void {
  const message: Push = {
    ...{ kind: 'push', cluster: state.cluster, from: state.self.key, duty: undefined },
    ...{ byKey: true, chunks: [], statements: [statementOf(state.self, now)], definitions: [] },
  };
  sendTo(state, address, message, 'push', now);
}

/** An older run of our id that speaks for itself, from elsewhere: two machines have one id. */
export function noteOlderTwin(state: State, message: Request): void {
  const { id, generation, address } = state.self;
  for (const said of 'statements' in message ? message.statements : []) {
    if (said.id !== id || said.generation >= generation) continue;
    // What others tell of that run may be long past, and so may the last words of our own.
    const isItself = memberKey(said.id, said.generation) === message.from;
    if (!isItself || (said.address === address && address !== '')) continue;
    state.effects.push({ type: 'id_shared', address: said.address });
  }
}

/** Our clock was behind our own past, or others forgot us: goes on as one whom peers believe. */
export function regenerate(state: State, generation: number, now: number): Member | undefined {
  // Peers read no larger number; a claim that leads there can only be forged.
  if (generation > LIMITS.generation || generation <= state.self.generation) return undefined;
  const { members, self } = state;
  const { id, address, status } = self;
  const next = createMember(
    { id, generation, incarnation: 0, status, address, ageMs: 0, accusers: [], leave: self.leave },
    now,
  );
  for (let index = 0; index < entryCount(self.source); index++) {
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
