// The events of the loop in words: for the log, for the list of peer problems and for the program
// that runs the node.

import type { Fullness } from '../../core/effects.ts';
import { hostOf } from '../../core/membership/address-policy.ts';
import { STOOD_STILL_MS } from '../../driver/lateness.ts';
import type { LoopEvent } from '../../driver/loop.ts';
import { isoTime } from '../../http/answers/number.ts';
import type { Clock } from '../../ports.ts';
import { span } from '../../signing/refusals.ts';
import { createThrottledWarnings } from '../../signing/throttled-warnings.ts';
import type { Log } from './log.ts';
import { createMemberLines } from './member-lines.ts';
import type { PeerProblems } from './peer-problems.ts';

export interface EventLogParts {
  readonly log: Log;
  readonly onEvent?: (event: LoopEvent) => void;
  /** The node left, or lost its id: the program that runs it should end it. */
  readonly onEnd?: (reason: string, failed: boolean) => void;
  readonly clock: Pick<Clock, 'monotonicMs' | 'wallMs'>;
  readonly peerProblems: PeerProblems;
}

/** So many later runs of one id within this time are no clock's fault: somebody else makes them. */
const MANY_RUNS = 4;
const WITHIN_MS = 300_000;
/** The two of one id outbid one another in turn, each with the next exchange. */
const JUST_TOLD_MS = 10_000;

/** Peers that forget a node which stood still know nothing of its clock. */
const ANOTHER_RUN =
  'peers had forgotten this node, or know another run of it: ' +
  'it goes on as a new run; is its clock right?';

export function createEventLog(id: string, parts: EventLogParts): (event: LoopEvent) => void {
  const { log, onEvent, onEnd, peerProblems } = parts;
  const tellMember = createMemberLines(log, parts.clock);
  const isMany = createCounter(parts.clock);
  const warn = createThrottledWarnings(peerProblems.report, parts.clock);
  let sharedAtMs = Number.NEGATIVE_INFINITY;
  return (event) => {
    onEvent?.(event);
    switch (event.type) {
      case 'member':
        // Each claim to our id that we outbid would be a line, and anybody can make one.
        if (event.id === id && event.change === 'alive') return;
        return tellMember(event.id, event.change);
      case 'late':
        if (event.lateMs < STOOD_STILL_MS) return log('debug', lateText(event.lateMs));
        // Each is over when it is told.
        peerProblems.clear('stood_still');
        return peerProblems.report('stood_still', stillText(event.lateMs, parts.clock.wallMs()));
      case 'regenerated':
        if (isMany()) return peerProblems.report('id_fought_for', foughtForText(id));
        // Of the node that has the same id, which was told.
        if (parts.clock.monotonicMs() - sharedAtMs < JUST_TOLD_MS) return;
        return log('warn', ANOTHER_RUN);
      case 'address_refused':
        return peerProblems.report(`address_refused ${event.id}`, refusedText(event));
      case 'fact_forged':
        return peerProblems.report(`fact_forged ${event.id}`, forgedText(event));
      case 'generation_refused':
        return warn('generation_refused', event.id, aheadText(event.generation));
      case 'id_shared':
        sharedAtMs = parts.clock.monotonicMs();
        return peerProblems.report(`id_shared ${event.address}`, sharedText(id, event.address));
      case 'clock_off':
        if (event.skewMs === undefined) return peerProblems.clear('own_clock_off');
        return peerProblems.report('own_clock_off', clockText(event.skewMs));
      case 'view_full':
        return peerProblems.report('view_full', fullText(event.fullness));
      case 'listener_dropped':
        return log('error', droppedText(event.name, event.error));
      case 'id_taken':
        return onEnd?.(takenText(id, event.address), true);
    }
  };
}

const droppedText = (name: string, error: unknown): string =>
  `the listener ${name} failed and gets no more events (${String(error)}); restart the node, ` +
  'and please report it.';

const lateText = (lateMs: number): string => `the event loop was ${Math.round(lateMs)} ms late`;

/** To the second: what stopped all nodes of a machine is one sentence then, and told once. */
const stillText = (lateMs: number, wallMs: number): string =>
  `this node stood still for ${Math.round(lateMs / 1_000)} s, ` +
  `until ${isoTime(wallMs).slice(0, -5)}Z: its process was stopped, or its machine was paused ` +
  'or overloaded; it measured nothing meanwhile, and peers may have taken it for dead.';

/** Whether it was called often lately. */
function createCounter(clock: Pick<Clock, 'monotonicMs'>): () => boolean {
  const times: number[] = [];
  return () => {
    const now = clock.monotonicMs();
    times.push(now);
    while ((times[0] ?? now) < now - WITHIN_MS || times.length > MANY_RUNS) times.shift();
    return times.length >= MANY_RUNS;
  };
}

/** Of the one that stops; host/network/duplicate-id.ts says the same of one that does not start. */
const takenText = (id: string, address: string): string =>
  `another node called ${id} runs ${placeText(address)} already; give this one another --id, or ` +
  'stop the other first.';

const sharedText = (id: string, address: string): string =>
  `two nodes have the id ${id}, this one and one ${placeText(address)}; the one that was started ` +
  'later stops: give it another --id.';

const placeText = (address: string): string =>
  address === '' ? 'without an address' : `at ${address}`;

/** Goes on after the name of the node that it is about. */
const aheadText = (generation: number): string =>
  `is said to run under generation ${generation}, of ${isoTime(generation).slice(0, -14)}, ten ` +
  'years and more after the clock here, and this node does not accept that; is a clock wrong, or ' +
  'are messages forged?';

/** Neither can be asked, where both say that they are reached nowhere, or at the same address. */
const foughtForText = (id: string): string =>
  `peers report ever later runs of ${id} that are not this one: another machine has the same ` +
  'id and address, or neither has an address; give one of the two another --id.';

const refusedText = ({
  id,
  address,
  fault,
}: Extract<LoopEvent, { type: 'address_refused' }>): string =>
  `${id} is said to be reached at ${address}, where no node can call it: ${hostOf(address)} ` +
  `${fault}; give ${id} an --advertise that others can call.`;

const forgedText = ({ id, key }: Extract<LoopEvent, { type: 'fact_forged' }>): string =>
  `${id} publishes the fact ${key} for another node, which never published it; this node does ` +
  `not show it: see what runs on ${id}, and change the secret if it is none of yours.`;

const MINUTE_MS = 60_000;

const clockText = (skewMs: number): string => {
  const off = span(Math.round(Math.abs(skewMs) / MINUTE_MS) * MINUTE_MS);
  const way = skewMs < 0 ? 'ahead of' : 'behind';
  return (
    `this node's clock is ${off} ${way} the median of its peers': what it measures is stored ` +
    'under wrong times; set it, or theirs, by NTP.'
  );
};

const MIB = 2 ** 20;

/** Who told most is not always at fault: it may have been told itself, so its log says the next. */
const fullText = ({ bytes, maxBytes, members, maxMembers, peer, told }: Fullness): string => {
  const who = peer === undefined ? 'callers that are no members' : `${peer.id}`;
  const where = peer?.address ? ` at ${peer.address}` : '';
  return (
    `this node has no room for all that peers tell: it holds ${members} of ${maxMembers} members ` +
    `and ${(bytes / MIB).toFixed(1)} of ${(maxBytes / MIB).toFixed(1)} MiB; ${who}${where} told ` +
    `most of it (${told.members} members, ${told.metrics} metrics, ${told.definitions} ` +
    `descriptions): look there first, or raise max_members, max_metrics or max_view.`
  );
};
