// What a node keeps of members that did not answer, until it knows more.

import type { Member } from '../member.ts';

export interface IndirectProbe {
  readonly startedAt: number;
  /** Since when the member is silent: a suspicion counts from here. */
  readonly silentSince: number;
  outstanding: number;
  /** Keys of the helpers that asked the member themselves, in vain. */
  readonly confirmers: Set<number>;
}

/** A connection that broke, and when to look who is still there. */
export interface BrokenConnection {
  readonly brokeAt: number;
  readonly lookAt: number;
}

export interface Watch {
  /** Probes under way. */
  readonly probes: Map<Member, IndirectProbe>;
  readonly broken: Map<Member, BrokenConnection>;
  /** When members left a question unanswered that we asked for others. */
  readonly silent: Map<Member, number>;
}

export const createWatch = (): Watch => ({
  probes: new Map(),
  broken: new Map(),
  silent: new Map(),
});

/** It gave a sign of life. */
export function stopWatching({ probes, broken, silent }: Watch, member: Member): void {
  probes.delete(member);
  broken.delete(member);
  silent.delete(member);
}
