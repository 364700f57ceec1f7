// What a node told before it was started anew: shown until its new run has told as much, so that a
// restart leaves no gap in what others answer for it. Rates, for one, need two samples.

import type { SeenMember } from '../membership/member.ts';
import type { State } from '../state.ts';
import { addPreviousRun, removePreviousRun } from './keep.ts';
import { entryCount, LABELS_INDEX } from './source.ts';

/** What the new run did not tell in this time it will not tell soon: it is shown no longer, ms. */
const SHOWN_MS = 60_000;

/** A run that ended before it told anything leaves the one before it in place. */
export function keepPreviousRun(state: State, member: SeenMember, now: number): void {
  if (entryCount(member.source) > LABELS_INDEX + 1) {
    addPreviousRun(state, { member, replacedAt: now });
  }
}

export function dropPreviousRuns(state: State, now: number): void {
  for (const [id, { replacedAt }] of state.previousRuns) {
    if (now - replacedAt < SHOWN_MS) continue;
    removePreviousRun(state, id);
    state.revision++;
  }
}
