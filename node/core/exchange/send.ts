// Requests out, bounded and remembered until their answer or failure comes.

import { patience } from '../membership/detection/local-health.ts';
import type { Member } from '../membership/member.ts';
import type { State } from '../state.ts';
import type { Request } from '../wire/messages.ts';
import type { Pending, Purpose } from './state.ts';

/** Exchanges under way at once; what exceeds it is not sent and comes with a later round. */
const MAX_PENDING = 256;

/** Whether nothing more can be sent before an answer or a failure comes. */
export const isBusy = ({ pending }: State): boolean => pending.size >= MAX_PENDING;

/** Sends to a member; returns the number of the exchange, or 0 when nothing could be sent. */
export function send(
  state: State,
  member: Member,
  message: Request,
  purpose: Purpose,
  now: number,
  details: Partial<Pending> = {},
): number {
  return sendTo(state, member.address, message, purpose, now, { ...details, member });
}

/** Sends to an address of which nobody knows who answers there. */
export function sendTo(
  state: State,
  address: string,
  message: Request,
  purpose: Purpose,
  now: number,
  details: Partial<Pending> = {},
): number {
  if (address === '') return 0;
  if (isBusy(state)) {
    state.counters.exchangesUnsent++;
    return 0;
  }
  const exchange = state.nextExchange++;
  state.pending.set(exchange, {
    member: undefined,
    depth: 0,
    rosterHash: state.members.roster().hash,
    ...details,
    purpose,
    address,
    startedAt: now,
  });
  state.counters.exchangesStarted++;
  // A relayed probe waits for the relay's own probe.
  const hops = message.kind === 'ping_request' ? 2 : 1;
  // A push that got lost is handed to another soon, however slow this node has become.
  const waits = purpose === 'push' ? 1 : patience(state.health);
  const timeoutMs = state.settings.exchangeTimeoutMs * hops * waits;
  state.effects.push({ type: 'send', exchange, address, message, timeoutMs });
  return exchange;
}
