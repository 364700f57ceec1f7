// A short life of a small cluster in which every kind of message is sent: nodes join, tell values,
// one urgent, doubt one another, and one leaves. Recorded once a release for later ones to answer.

import type { Engine } from '../../node/core/engine.ts';
import { encodeMessage } from '../../node/core/wire/encode.ts';
import type { Message } from '../../node/core/wire/messages.ts';
import { createNetwork, type Network } from '../core/network.ts';
import { startEngine } from '../core/support.ts';

export interface Recorded {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly kind: Message['kind'];
  readonly hex: string;
}

const WALL_MS = Date.UTC(2026, 10, 21);

function start(id: string, seed: number, seeds: string[], now: number): Engine {
  const engine = startEngine(
    id,
    { seed, seeds, labels: { region: 'eu', rack: String(seed) }, generation: WALL_MS + seed },
    now,
  );
  engine.handle({ type: 'clock', wallMs: WALL_MS + now }, now);
  return engine;
}

const measure = (network: Network, engine: Engine, storage: number, cpu: number): void => {
  const readings = [
    { metric: 'storage', value: storage },
    { metric: 'cpu', value: cpu },
  ];
  network.feed(engine, { type: 'samples', readings });
};

/** Everything that was sent, in order. */
export function tellStory(): Recorded[] {
  const network = createNetwork();
  const recorded: Recorded[] = [];
  const keep = (): void => {
    for (const { from, to, message } of network.log.splice(0)) {
      const hex = Buffer.from(encodeMessage(message)).toString('hex');
      recorded.push({ at: network.now, from, to, kind: message.kind, hex });
    }
  };
  const rounds = (count: number): void => {
    for (let i = 0; i < count; i++) {
      network.round();
      keep();
    }
  };
  const [a, b, c] = ['a', 'b', 'c'].map((id, i) => {
    const engine = network.add(start(id, i + 1, i === 0 ? [] : ['http://a'], network.now));
    measure(network, engine, 20 + i, 50 + i);
    keep();
    rounds(2);
    return engine;
  }) as [Engine, Engine, Engine];
  rounds(4);
  measure(network, b, 64, 51);
  keep();
  rounds(2);
  // The way from a to c is cut for a while, so that b is asked about c.
  network.failure = (address, _message, from) =>
    from === a && address === 'http://c' ? 'timeout' : undefined;
  rounds(6);
  network.failure = () => undefined;
  rounds(2);
  network.feed(c, {
    type: 'leave',
    notice: { reason: 'upgrade', returnsAtWall: WALL_MS + 60_000 },
  });
  keep();
  rounds(2);
  return recorded;
}
