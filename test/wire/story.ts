// A short life of a small cluster in which every kind of message is sent: nodes join, tell values,
// one urgent and one stale, end metrics and begin others, tell facts, doubt one another, and one
// leaves. Recorded once a release for later ones to answer.

import type { Engine } from '../../node/core/engine.ts';
import { encodeMessage } from '../../node/core/wire/encode.ts';
import type { Message } from '../../node/core/wire/messages.ts';
import { createNetwork, type Network } from '../core/network.ts';
import { metric, startEngine } from '../core/support.ts';

export interface Recorded {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly kind: Message['kind'];
  readonly hex: string;
}

const WALL_MS = Date.UTC(2026, 10, 21);
const STALE_AFTER_MS = 6_000;
const REQUESTS = metric('requests', { unit: '', priority: 20, labelNames: ['route', 'code'] });

function start(id: string, seed: number, seeds: string[], now: number): Engine {
  const engine = startEngine(
    id,
    {
      ...{ seed, seeds, labels: { region: 'eu', rack: String(seed) }, generation: WALL_MS + seed },
      staleAfterMs: new Map([['cpu', STALE_AFTER_MS]]),
    },
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

type Rounds = (count: number) => void;

/** A metric ends, two of a family come, the first of them in its slot, and one ends again. */
function changeMetrics(network: Network, engine: Engine, rounds: Rounds): void {
  network.feed(engine, { type: 'end_metrics', names: ['cpu'] });
  const routes = [
    ['/a', '200'],
    ['/b', ''],
  ];
  for (const labelValues of routes) {
    network.feed(engine, { type: 'define', definition: REQUESTS, labelValues });
  }
  const readings = [
    { metric: 'requests{route="/a",code="200"}', value: 7 },
    { metric: 'requests{route="/b"}', value: 8 },
  ];
  network.feed(engine, { type: 'samples', readings });
  rounds(1);
  network.feed(engine, { type: 'end_metrics', names: ['requests{route="/b"}'] });
  rounds(2);
}

/** One that lasts, one that ends, one that others keep, and one that is taken back; all urgent. */
function tellFacts(network: Network, engine: Engine, rounds: Rounds): void {
  const tell = (key: string, value: string, more: { ttlMs?: number; isKept?: boolean } = {}) =>
    network.feed(engine, { type: 'fact', key, value, priority: 20, ...more });
  tell('model', '{"cores":8}');
  tell('note', '"größer"', { ttlMs: 3_600_000 });
  tell('silence/1', 'true', { ttlMs: 3_600_000, isKept: true });
  tell('gone', '1');
  rounds(1);
  network.feed(engine, { type: 'end_fact', key: 'gone' });
  rounds(3);
}

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
  changeMetrics(network, b, rounds);
  tellFacts(network, a, rounds);
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
