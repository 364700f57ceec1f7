// A node in the middle of an exchange, and how that ends.

import type { ExchangeFailure } from '../../../node/core/effects.ts';
import type { Engine } from '../../../node/core/engine.ts';
import { applyUpdate } from '../../../node/core/membership/updates.ts';
import type { Response } from '../../../node/core/wire/messages.ts';
import { aliveUpdate, memberOf, type Send, sendsOf, startEngine } from '../support.ts';

export const OTHERS = ['a', 'b', 'c', 'd', 'e'];

/** A node that knows five others, in the middle of an exchange with `a`. */
export function calling(): { engine: Engine; call: Send } {
  const engine = startEngine('self');
  for (const id of OTHERS) applyUpdate(engine.state, aliveUpdate(id), 0);
  for (let now = 1_000; now < 30_000; now += 1_200) {
    const calls = sendsOf(engine.handle({ type: 'wake' }, now));
    const call = calls.find(({ address }) => address === 'http://a');
    for (const { exchange, address } of calls) {
      if (address === 'http://a') continue;
      respond(engine, exchange, ack(memberOf(engine, address.slice(-1)).key, true), now);
    }
    if (call !== undefined) return { engine, call };
  }
  throw new Error('nobody called a');
}

export function fail(
  engine: Engine,
  exchange: number,
  failure: ExchangeFailure,
  now: number,
): Send[] {
  return sendsOf(engine.handle({ type: 'failure', exchange, failure }, now));
}

export const respond = (engine: Engine, exchange: number, message: Response, now: number): void => {
  engine.handle({ type: 'response', exchange, message }, now);
};

export const ack = (from: number, alive: boolean): Response => ({ kind: 'ack', from, alive });
export const NOW = 40_000;
