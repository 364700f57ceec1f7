// Members that are outbound-only: they give signs of life, and are suspected when none arrive.

import { publishLabels } from '../../data/publishing/owner.ts';
import { lastSampledAt } from '../../data/source.ts';
import type { ProtocolSettings } from '../../settings.ts';
import type { State } from '../../state.ts';
import { wasLateSince } from './local-health.ts';
import { accuse } from './suspicion-spread.ts';

/** A node without an address publishes something at least every so many stretched rounds. */
const SIGN_EVERY_ROUNDS = 5;
/** Signs of life that may be missed, their way here included, before it is suspected. */
const MISSED_SIGNS = 4;

/** How long a member without an address may be silent, ms. */
export const longestSilenceMs = ({ maxRoundMs }: ProtocolSettings): number =>
  maxRoundMs * SIGN_EVERY_ROUNDS * MISSED_SIGNS;

/** Tells the own labels anew when nothing else was told for a while. */
export function giveSign(state: State, now: number): void {
  const { address, source } = state.self;
  if (address !== '' || source.record === undefined) return;
  const silentMs = now - lastSampledAt(source);
  if (silentMs < state.settings.maxRoundMs * SIGN_EVERY_ROUNDS) return;
  publishLabels(state, source.record.labels, now);
}

/** Suspects the members without an address of whom nothing was heard for too long. */
export function accuseSilent(state: State, now: number): void {
  const { settings, members, self, health } = state;
  // Who was late itself has its letters still to read.
  if (wasLateSince(health, now - settings.maxRoundMs)) return;
  for (const member of members.outboundOnly) {
    if (member === self || member.address !== '' || member.status !== 'alive') continue;
    const isSilent = now - member.heardAt > longestSilenceMs(settings);
    if (isSilent) accuse(state, member, { silentSince: now, confirmers: [] }, now);
  }
}
