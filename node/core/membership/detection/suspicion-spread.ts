// From silence to death: which node accuses, which it tells, and which declares the death. After
// SWIM with Lifeguard; that only confirmers spread either keeps both at a message a member.

import { announce, broadcastOwn, tellOne } from '../../broadcast/pending.ts';
import { callIntervalMs } from '../../exchange/call-interval.ts';
import { hashNumbers } from '../../hash.ts';
import type { State } from '../../state.ts';
import { isLive, type Member, type SeenMember, type Suspicion } from '../member.ts';
import { changeStatus } from '../roster.ts';
import { applyUpdate, MAX_CONFIRMERS } from '../updates.ts';
import { isLossy, isUnwell } from './local-health.ts';
import { suspicionTimeoutMs } from './suspicion.ts';

/** What our own probes found out about a silent member. */
export interface Finding {
  readonly silentSince: number;
  /** Keys of others that asked it themselves, in vain. */
  readonly confirmers: Iterable<number>;
}

/**
 * Our own probes found a member silent. Who is first tells all, and the accused; whoever finds the
 * same later tells the first, whose time it shortens.
 */
export function accuse(state: State, member: Member, finding: Finding, now: number): void {
  const { members, self, health } = state;
  const { suspicionMinMs } = state.settings;
  if (!isLive(member) || members.byKey.get(member.key) !== member) return;
  const isFirst = member.suspicion === undefined;
  // Whoever is unwell may raise a suspicion and shortens none; where much gets lost, each that
  // confirms it has to look for itself.
  const helpers = isLossy(health) ? [] : finding.confirmers;
  const confirmers = isUnwell(health) ? [] : [self.key, ...helpers].slice(0, MAX_CONFIRMERS);
  const { id, generation, incarnation, address } = member;
  const leastMs = fewestRoundsMs(state, member);
  const ageMs = Math.min(now - finding.silentSince, Math.max(0, suspicionMinMs - leastMs));
  const said = { id, generation, incarnation, address, status: 'suspect', ageMs } as const;
  const told = applyUpdate(state, { ...said, confirmers }, now);
  if (told === undefined) return;
  if (isFirst) {
    broadcastOwn(state, new Map(), [told]);
    tellOne(state, told, told.key);
    return;
  }
  const [first] = told.suspicion?.confirmers ?? [];
  if (first !== undefined && first !== self.key) tellOne(state, told, first);
}

/** Enough accused it independently: more would not shorten its time. */
export const isConfirmed = ({ confirmers }: Suspicion): boolean =>
  confirmers.size >= MAX_CONFIRMERS;

/** How long before its end a suspect is looked for, in time-outs; a probe through others has 2. */
const LOOK_EXCHANGES = 2;
/** So much longer than that a confirmer leaves it to the one before to declare a death, ms. */
const TURN_MARGIN_MS = 250;

/**
 * When this suspect is to be declared dead, unless it is heard before. One of its confirmers does
 * so, and each of the others a while later, should nobody have; who only heard of the suspicion
 * does so last.
 */
export function deathDueAt(state: State, member: Member): number {
  const { suspicion } = member;
  // Whoever is being looked for is not dead before that has ended.
  if (suspicion === undefined || state.probes.has(member)) return Number.POSITIVE_INFINITY;
  const { suspicionMinMs, suspicionMaxMs, exchangeTimeoutMs } = state.settings;
  const { confirmers } = suspicion;
  const turnMs = LOOK_EXCHANGES * exchangeTimeoutMs + TURN_MARGIN_MS;
  const turns = turnOf(state, member, confirmers);
  const { live } = state.members;
  const minMs = Math.max(suspicionMinMs, fewestRoundsMs(state, member));
  const maxMs = Math.max(suspicionMaxMs, minMs);
  const shortestMs = suspicionTimeoutMs(minMs, maxMs, confirmers.size, live);
  const timeout = turns === undefined ? maxMs + turnMs : shortestMs + turns * turnMs;
  const doubt = isUnwell(state.health) ? 2 : 1;
  return Math.max(suspicion.startedAt, member.heardAt) + timeout * doubt + suspicion.graceMs;
}

/** Rounds of confirmer and accused, together, that a suspicion lasts at least. */
const FEWEST_ROUNDS = 3;

/** How long those take, ms: news of a suspicion shortens rounds, where they are not paid for. */
function fewestRoundsMs({ settings: { roundMs } }: State, member: SeenMember): number {
  const accusedMs = Math.max(roundMs, callIntervalMs(member));
  return FEWEST_ROUNDS / (1 / roundMs + 1 / accusedMs);
}

/** How many confirmers declare before us, by their keys; undefined when we are none. */
function turnOf(
  { self }: State,
  { key }: Member,
  confirmers: ReadonlySet<number>,
): number | undefined {
  if (!confirmers.has(self.key)) return undefined;
  const own = hashNumbers(self.key, key);
  let before = 0;
  for (const confirmer of confirmers) if (hashNumbers(confirmer, key) < own) before++;
  return before;
}

/** When to look for a suspect ourselves, once, before its time is over. */
export const lookDueAt = (state: State, suspect: Member): number =>
  suspect.suspicion === undefined || suspect.suspicion.looked
    ? Number.POSITIVE_INFINITY
    : deathDueAt(state, suspect) - LOOK_EXCHANGES * state.settings.exchangeTimeoutMs;

/** Declares the suspects dead whose time is over. */
export function expireSuspects(state: State, now: number): void {
  for (const member of [...state.suspects]) {
    if (deathDueAt(state, member) > now) continue;
    const isConfirmer = member.suspicion?.confirmers.has(state.self.key) === true;
    changeStatus(state.members, member, () => {
      member.status = 'dead';
    });
    member.suspicion = undefined;
    member.statusSince = now;
    state.suspects.delete(member);
    state.counters.deathsDeclared++;
    announce(state, member, 'dead');
    // Others have the suspicion from the confirmers, and the death from them too, or by rounds.
    if (isConfirmer) broadcastOwn(state, new Map(), [member]);
  }
}
