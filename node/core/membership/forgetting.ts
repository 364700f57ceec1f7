// An admin may have the dead forgotten before their time: a fact names the run, every node that
// hears it forgets, and remembers as long as the fact lasts.

import { newestFacts, publishFact } from '../data/facts.ts';
import type { State } from '../state.ts';
import { isLive, type MemberName } from './member.ts';
import { forgetRun } from './updates.ts';

const PREFIX = 'forget/';
/** Whoever looks at a fleet waits for it. */
const PRIORITY = 200;

const runText = ({ id, generation }: MemberName): string => JSON.stringify([id, generation]);

export type ForgetFault = 'unknown' | 'alive';

/** Why a node cannot be forgotten; undefined when it can. */
export function forgetFault({ members }: State, id: string): ForgetFault | undefined {
  const member = members.byId.get(id);
  if (member === undefined) return 'unknown';
  return isLive(member) ? 'alive' : undefined;
}

/** Has a dead or left node forgotten everywhere. */
export function forgetEverywhere(state: State, id: string, now: number): void {
  const member = state.members.byId.get(id);
  if (member === undefined || forgetFault(state, id) !== undefined) return;
  const value = runText(member);
  const key = PREFIX + member.key.toString(36);
  const ttlMs = state.settings.forgetAfterMs;
  publishFact(state, { key, value, priority: PRIORITY, ttlMs, isKept: true }, now);
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
