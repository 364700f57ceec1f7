// A network without time: every message passes through bytes and is delivered in the order it was
// sent, until no node has more to send.

import type { Effect, ExchangeFailure, Input } from '../../node/core/effects.ts';
import type { Engine } from '../../node/core/engine.ts';
import { decodeRequest, decodeResponse } from '../../node/core/wire/decode.ts';
import { encodeMessage } from '../../node/core/wire/encode.ts';
import type { Request, Response } from '../../node/core/wire/messages.ts';
import { type EngineChoices, FIXED, introduce, type Send, startEngine } from './support.ts';

export interface Delivery {
  readonly from: string;
  readonly to: string;
  readonly message: Request | Response;
  readonly bytes: number;
}

export interface Network {
  readonly engines: Engine[];
  /** Everything that was sent, lost messages included. */
  readonly log: Delivery[];
  now: number;
  /** Why the exchange with this address fails, when it does. */
  failure: (address: string, message: Request, from: Engine) => ExchangeFailure | undefined;
  add(engine: Engine): Engine;
  /** Feeds one input and delivers all that follows from it. */
  feed(engine: Engine, input: Input): Effect[];
  /** Sends for an engine what it did not start itself, and delivers all that follows from it. */
  deliver(sender: Engine, send: Send): void;
  /** One round of every engine. */
  round(): void;
  /** Rounds until all views are equal; returns how many, or throws. */
  settle(maxRounds?: number): number;
}

type Task = () => void;

export function createNetwork(): Network {
  const tasks: Task[] = [];
  const waiting = new Map<number, (message: Response) => void>();
  let nextToken = 1;
  const network: Network = {
    engines: [],
    log: [],
    now: 0,
    failure: () => undefined,
    add(engine) {
      network.engines.push(engine);
      return engine;
    },
    feed(engine, input) {
      const effects = handle(engine, input);
      drain();
      return effects;
    },
    deliver(sender, send) {
      deliver(sender, send);
      drain();
    },
    round() {
      network.now += FIXED.roundMs * 1.2;
      for (const engine of network.engines) network.feed(engine, { type: 'wake' });
    },
    settle(maxRounds = 30) {
      for (let rounds = 1; rounds <= maxRounds; rounds++) {
        network.round();
        if (viewsAreEqual(network.engines)) return rounds;
      }
      throw new Error(`views still differ after ${maxRounds} rounds`);
    },
  };

  function drain(): void {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) task();
  }

  function handle(engine: Engine, input: Input): Effect[] {
    const effects = engine.handle(input, network.now);
    for (const effect of effects) {
      if (effect.type === 'send') tasks.push(() => deliver(engine, effect));
      if (effect.type === 'answer') {
        const answered = waiting.get(effect.token);
        waiting.delete(effect.token);
        tasks.push(() => answered?.(effect.message));
      }
    }
    return effects;
  }

  function deliver(sender: Engine, { exchange, address, message }: Send): void {
    const bytes = encodeMessage(message);
    const from = sender.view.selfId;
    const target = network.engines.find(({ state }) => state.self.address === address);
    const to = target?.view.selfId ?? address;
    network.log.push({ from, to, message, bytes: bytes.length });
    const failure = network.failure(address, message, sender) ?? (target ? undefined : 'refused');
    if (failure !== undefined || target === undefined) {
      handle(sender, { type: 'failure', exchange, failure: failure ?? 'refused' });
      return;
    }
    const token = nextToken++;
    waiting.set(token, (answer) => {
      const answerBytes = encodeMessage(answer);
      network.log.push({ from: to, to: from, message: answer, bytes: answerBytes.length });
      handle(sender, { type: 'response', exchange, message: decodeResponse(answerBytes) });
    });
    handle(target, { type: 'request', token, message: decodeRequest(bytes, target.cluster) });
  }
  return network;
}

export function viewsAreEqual(engines: readonly Engine[]): boolean {
  const [first, ...others] = engines;
  return others.every(
    ({ state }) =>
      state.members.dataHash === first?.state.members.dataHash &&
      state.members.statusHash === first.state.members.statusHash &&
      state.members.roster().hash === first.state.members.roster().hash,
  );
}

/** `count` engines named n01 … that know one another and hold each other's first samples. */
export function startFleet(count: number, choices: EngineChoices = {}): Network {
  const network = createNetwork();
  for (let i = 1; i <= count; i++) {
    network.add(startEngine(`n${String(i).padStart(2, '0')}`, { seed: i, ...choices }));
  }
  for (const engine of network.engines) {
    for (const other of network.engines) if (other !== engine) introduce(engine, other);
    engine.handle({ type: 'samples', readings: [{ metric: 'storage', value: 20 }] }, 0);
  }
  network.settle();
  network.log.length = 0;
  return network;
}
