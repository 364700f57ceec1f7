// An admin may have the dead forgotten before their time: a fact names the run, every node that
// hears it forgets, and remembers as long as the fact lasts.

import { factFault, type OwnFact, publishFact } from '../data/facts/facts.ts';
import { newestFacts } from '../data/facts/kept-facts.ts';
import type { State } from '../state.ts';
import { isLive, type MemberName } from './member.ts';
import { forgetRun } from './updates.ts';

const PREFIX = 'forget/';
/** Whoever looks at a fleet waits for it. */
const PRIORITY = 200;

const runText = ({ id, generation }: MemberName): string => JSON.stringify([id, generation]);

const factOf = ({ settings }: State, run: MemberName): OwnFact => ({
  ...{ key: PREFIX + run.key.toString(36), value: runText(run), priority: PRIORITY },
  ...{ ttlMs: settings.forgetAfterMs, isKept: true },
});

export type ForgetFault = 'unknown' | 'alive' | 'full';

/** Why a node cannot be forgotten; undefined when it can. */
export function forgetFault(state: State, id: string): ForgetFault | undefined {
  const member = state.members.byId.get(id);
  if (member === undefined) return 'unknown';
  if (isLive(member)) return 'alive';
  // What this node cannot tell, no other would hear.
  return factFault(state, factOf(state, member)) === undefined ? undefined : 'full';
}

/** Has a dead or left node forgotten everywhere. */
export function forgetEverywhere(state: State, id: string, now: number): void {
  const member = state.members.byId.get(id);
  if (member === undefined || forgetFault(state, id) !== undefined) return;
  publishFact(state, factOf(state, member), now);
  obeyForgetting(state);
}

/** Forgets whom facts say to forget: also those that somebody tells of anew. */
export function obeyForgetting(state: State): void {
  const { members } = state;
  if (members.live === members.byId.size) return;
  for (const { key, value } of newestFacts(state, PREFIX)) {
    const run = members.byKey.get(Number.parseInt(key.slice(PREFIX.length), 36));
    // Others may share the key by chance, and who holds the cluster's secret may write anything.
    if (run !== undefined && value === runText(run)) forgetRun(state, run.id, run.generation);
  }
}
