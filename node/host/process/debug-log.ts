// What an engine does, a line each, for `log_level: debug`: exchanges, decisions, and what peers
// told that was refused. It looks on from outside and costs nothing at other levels.

import type { Effect, Input, LearnedReading } from '../../core/effects.ts';
import type { Engine } from '../../core/engine.ts';
import type { Message } from '../../core/wire/messages.ts';
import type { LoopPorts } from '../../driver/loop.ts';
import { roundTo } from '../../http/answers/number.ts';
import type { Log } from './log.ts';

type OnHandled = NonNullable<LoopPorts['onHandled']>;
type Sent = Extract<Effect, { type: 'send' }>;

interface Pending {
  readonly sent: Sent;
  readonly sentAt: number;
}

interface Asked {
  readonly caller: string;
  readonly what: string;
}

export function createDebugLog(log: Log): OnHandled {
  // Of each the engine says how it ends, so that both are as many as are under way.
  const exchanges = new Map<number, Pending>();
  const requests = new Map<number, Asked>();
  const tellRefused = createRefusedCounts(log);
  let refutations = 0;
  let round = 0;

  const tellEnd = (exchange: number, now: number, end: string): void => {
    const pending = exchanges.get(exchange);
    exchanges.delete(exchange);
    if (pending === undefined) return;
    const { address, message } = pending.sent;
    const took = `${Math.round(now - pending.sentAt)} ms`;
    log('debug', `${what(message)} to ${address}, ${cargo(message)}: ${end} after ${took}`);
  };
  const noteInput = (engine: Engine, input: Input, now: number): string => {
    switch (input.type) {
      case 'request': {
        const caller = engine.senderAddress(input.message) || 'a caller without an address';
        const { message } = input;
        requests.set(input.token, {
          caller,
          what: `${what(message)} of ${caller}, ${cargo(message)}`,
        });
        return caller;
      }
      case 'response': {
        const from = exchanges.get(input.exchange)?.sent.address ?? 'a peer';
        tellEnd(input.exchange, now, `answered, ${cargo(input.message)}`);
        return from;
      }
      case 'failure':
        tellEnd(input.exchange, now, `failed (${input.failure})`);
        return 'a peer';
      default:
        return 'a peer';
    }
  };
  return (engine, input, effects, now) => {
    const sender = noteInput(engine, input, now);
    const status = engine.status();
    if (status.round !== round) log('debug', roundText(status, effects));
    round = status.round;
    for (const effect of effects) {
      if (effect.type === 'send') exchanges.set(effect.exchange, { sent: effect, sentAt: now });
      if (effect.type === 'learned') tellPublished(log, engine.view.selfId, effect.readings);
      if (effect.type !== 'answer') continue;
      const asked = requests.get(effect.token);
      requests.delete(effect.token);
      log('debug', `${asked?.what ?? 'a request'}: answered, ${cargo(effect.message)}`);
    }
    if (status.counters.refutations > refutations) {
      log('debug', `refuted ${sender}, which took this node for suspect, dead or gone`);
    }
    refutations = status.counters.refutations;
    tellRefused(engine, sender);
  };
}

/** What the owner decided to tell; the samples that moved too little are none of it. */
function tellPublished(log: Log, self: string, readings: readonly LearnedReading[]): void {
  for (const { id, definition, value, version } of readings) {
    if (id !== self) continue;
    const { name, unit, resolution } = definition;
    const shown = `${roundTo(value, resolution)} ${unit}`.trim();
    log('debug', `publishes ${name} = ${shown}, version ${version}`);
  }
}

const roundText = (
  { round, roundMs }: { readonly round: number; readonly roundMs: number },
  effects: readonly Effect[],
): string => {
  const called = effects.flatMap((effect) => (effect.type === 'send' ? effect.address : []));
  const whom = called.length === 0 ? 'nobody' : called.join(', ');
  return `round ${round}, ${Math.round(roundMs)} ms long: calls ${whom}`;
};

const NAMES: Readonly<Partial<Record<Message['kind'], string>>> = { ping_request: 'ping request' };
const what = ({ kind }: Message): string => NAMES[kind] ?? kind;

/** What a message carries, in numbers. */
function cargo(message: Message): string {
  if (!('chunks' in message)) return 'alive' in message && !message.alive ? 'not alive' : 'no data';
  const values = message.chunks.reduce((sum, { entries }) => sum + entries.length, 0);
  const parts = [
    [values, 'value'],
    [message.updates.length, 'membership update'],
    [message.definitions.length, 'definition'],
  ] as const;
  const told = parts.filter(([count]) => count > 0);
  if (told.length === 0) return 'no data';
  return told.map(([count, noun]) => `${count} ${noun}${count === 1 ? '' : 's'}`).join(', ');
}

/** What peers claimed and this node did not believe or had no room for, by kind. */
export function refusedClaims({ counters }: Pick<ReturnType<Engine['status']>, 'counters'>) {
  const claims = {
    members: counters.membersRefused,
    updates: counters.updatesRefused,
    metrics: counters.entriesRefused,
    definitions: counters.definitionsRefused,
    addresses: counters.addressesRefused,
    facts: counters.factsForged,
    generations: counters.generationsRefused,
  };
  return Object.fromEntries(Object.entries(claims).filter(([, count]) => count > 0));
}

function createRefusedCounts(log: Log) {
  let before: Record<string, number> = {};
  return (engine: Engine, sender: string): void => {
    const now = refusedClaims(engine.status());
    const more = Object.entries(now)
      .map(([kind, count]) => [kind, count - (before[kind] ?? 0)] as const)
      .filter(([, count]) => count > 0);
    before = now;
    if (more.length === 0) return;
    const counts = more.map(([kind, count]) => `${count} ${kind}`).join(', ');
    log('debug', `refused of what ${sender} told: ${counts}`);
  };
}
