// A node's past into its fresh state: the view as it was, older by the time that has passed since.
// Under the same generation the node goes on as the same run; under a higher one it is a new run
// that remembers all others.

import { learnDefinitions } from '../data/definitions.ts';
import { slotName } from '../data/facts/facts.ts';
import { addMember, hasRoomForEntry, hasRoomForMember, keepEntry } from '../data/keep.ts';
import { raiseMarks } from '../data/marks.ts';
import { fromWire } from '../data/merge.ts';
import { keepPreviousRun } from '../data/previous-run.ts';
import { fromSteps } from '../data/publishing/publishing-rule.ts';
import { definitionAt } from '../data/series.ts';
import { factAt } from '../data/slots.ts';
import { putEntry, sampledAt, stepsAt, versionAt } from '../data/source.ts';
import { highestGeneration } from '../membership/generation.ts';
import { createMember, type Member, type MemberUpdate } from '../membership/member.ts';
import { changeMarks, changeStatus } from '../membership/roster.ts';
import type { State } from '../state.ts';
import type { Chunk, Push } from '../wire/messages.ts';
import type { PastSelf, Return } from './past.ts';

/** To be called on a state that has told nothing yet. */
export function restore(state: State, { past, wallMs }: Return, now: number): void {
  // A wall clock that was set back adds nothing.
  const then = now - Math.max(0, wallMs - past.wallMs);
  const selfThen = now - Math.max(0, wallMs - past.self.wallMs);
  const highest = highestGeneration(wallMs);
  for (const [id, generation] of past.forgotten) {
    if (generation <= highest) state.forgotten.set(id, generation);
  }
  for (const { push, heard } of past.members) {
    learnDefinitions(state, push.definitions);
    push.updates.forEach((said, i) => {
      if (said.generation > highest) return;
      const member = takeMember(state, said, then, now);
      if (member === undefined) return;
      member.heardAt = then - (heard[i]?.ageMs ?? 0);
      member.skewMs = heard[i]?.skewMs;
    });
    for (const chunk of push.chunks)
      takeChunk(state, state.members.byKey.get(chunk.ref), chunk, then);
  }
  for (const { push, replacedMs } of past.previousRuns) {
    const previous = previousOf(push, then);
    if (previous !== undefined) keepPreviousRun(state, previous, then - replacedMs);
  }
  if (past.self.generation === state.self.generation) resume(state, past.self, selfThen, now);
  else rememberRun(state, past.self, selfThen, now);
  state.revision++;
}

/** As it was, unless its time is over meanwhile: who would be forgotten by now, is. */
function takeMember(
  state: State,
  said: MemberUpdate,
  then: number,
  now: number,
): Member | undefined {
  const { members, settings, forgotten } = state;
  const member = createMember(said, then);
  const gone = said.status === 'dead' || said.status === 'left';
  if (gone && now - member.statusSince >= settings.forgetAfterMs) {
    forgotten.set(said.id, said.generation);
    return undefined;
  }
  const isFull = !hasRoomForMember(state);
  if (isFull || members.byId.has(said.id) || members.byKey.has(member.key)) return undefined;
  addMember(state, member);
  if (said.status !== 'suspect') return member;
  // Time in which nothing could be heard counts against nobody.
  const confirmers = new Set(said.confirmers);
  member.suspicion = { startedAt: now, confirmers, graceMs: 0, looked: false };
  state.suspects.add(member);
  return member;
}

function takeChunk(state: State, member: Member | undefined, chunk: Chunk, then: number): void {
  if (member === undefined || member === state.self) return;
  let isWhole = true;
  for (const told of chunk.entries) {
    const entry = fromWire(told, then);
    const hasRoom = hasRoomForEntry(state, member, entry);
    if (hasRoom) keepEntry(state, member, entry);
    isWhole &&= hasRoom;
  }
  const run = isWhole ? chunk : { ...chunk, to: chunk.from };
  changeMarks(state.members, member, () => raiseMarks(member.source, run));
}

/** A member that is in no view, only shown in the place of what its later run has not told yet. */
function previousOf({ updates, chunks }: Push, then: number): Member | undefined {
  const [said] = updates;
  if (said === undefined) return undefined;
  const previous = createMember(said, then);
  for (const told of chunks.flatMap(({ entries }) => entries)) {
    putEntry(previous.source, fromWire(told, then));
  }
  return previous;
}

/** The same run goes on: peers need not know that it slept. */
function resume(state: State, past: PastSelf, then: number, now: number): void {
  const { self, members, settings } = state;
  const [said] = past.pushes.flatMap(({ updates }) => updates);
  for (const { definitions } of past.pushes) learnDefinitions(state, definitions);
  changeStatus(members, self, () => {
    self.incarnation = said?.incarnation ?? 0;
    if (said?.status === 'left') self.status = 'left';
  });
  self.statusSince = then - (said?.ageMs ?? 0);
  state.leaving = self.status === 'left';
  self.leave = said?.leave;
  for (const told of entriesOf(past)) keepEntry(state, self, fromWire(told, then));
  changeMarks(members, self, () => {
    self.source.watermark = past.version;
  });
  state.version = past.version;
  rememberPublished(state);
  state.round = past.round;
  state.roundMs = Math.min(settings.maxRoundMs, Math.max(settings.roundMs, past.roundMs));
  state.nextRoundAt = Math.max(now, then + past.dueInMs);
  state.bucket.filledAt = then;
  // Whoever knew this run knows it still.
  state.exactDigests = 0;
}

const entriesOf = ({ pushes }: PastSelf) =>
  pushes.flatMap(({ chunks }) => chunks.flatMap(({ entries }) => entries));

/** What was told last of each metric, so that only what has moved since is told again. */
function rememberPublished(state: State): void {
  const { source } = state.self;
  const slots = source.record?.slots ?? [];
  for (let slot = 1; slot < slots.length; slot++) {
    if (slots[slot]?.card === null) state.freeSlots.push(slot);
    const fact = factAt(source.record, slot);
    if (fact !== undefined) state.ownFacts.set(slotName(fact), slot);
    const definition = definitionAt(state, state.self, slot);
    if (definition === undefined) continue;
    state.ownSlots.set(definition.name, slot);
    if (versionAt(source, slot) === 0) continue;
    const value = fromSteps(definition, stepsAt(source, slot));
    state.published[slot] = { value, at: sampledAt(source, slot) };
    state.ownSampledAt[slot] = sampledAt(source, slot);
  }
}

/** What the previous run told is shown until this one has told as much. */
function rememberRun(state: State, past: PastSelf, then: number, now: number): void {
  for (const { definitions } of past.pushes) learnDefinitions(state, definitions);
  const push = past.pushes.find(({ updates }) => updates.length > 0);
  const previous = push && previousOf(push, then);
  if (previous !== undefined) keepPreviousRun(state, previous, now);
}
