// A world of holdings to ask about, for the quorum machine by itself.

import { createRandom } from '../../../node/core/random.ts';
import type { HeldMetric, Holding } from '../../../node/http/query/quorum.ts';
import {
  createQuorumQuery,
  type PeerAnswer,
  type QuorumOptions,
} from '../../../node/http/query/quorum.ts';

/** A delta of 5 %: values of 10 times their version lie further apart. */
export const held = (metric: string, value: number, version: number, changes = {}): HeldMetric => ({
  ...{ metric, value, version, unit: '%', kind: 'gauge' },
  ...{ description: '', priority: 1, delta: 5 },
  ...{ sampledAt: version, toldAt: version, ...changes },
});

export const holding = (version: number, changes: Partial<Holding> = {}): Holding => ({
  generation: 1,
  incarnation: 0,
  status: 'alive',
  metrics: [held('cpu', 10 * version, version)],
  ...changes,
});

export const peersOf = (...ids: string[]): QuorumOptions['peers'] =>
  ids.map((id) => ({ id, status: 'alive' as const }));

export type World = Readonly<Record<string, PeerAnswer>>;

/** Asks until the machine is done; `before` may change the world before each try. */
export function run(
  world: World,
  changes: Partial<QuorumOptions> = {},
  before: (attempt: number) => World = () => world,
) {
  const asked: string[][] = [];
  const waits: boolean[] = [];
  let now = world;
  const query = createQuorumQuery({
    self: 'me',
    own: () => (typeof now.me === 'object' ? now.me : undefined),
    peers: peersOf(...Object.keys(world).filter((id) => id !== 'me')),
    quorum: 3,
    tries: 3,
    random: createRandom(7),
    ...changes,
  });
  for (;;) {
    const step = query.next();
    if ('done' in step) return { result: step.done, asked, waits };
    asked.push([...step.ask]);
    waits.push(step.wait);
    now = before(asked.length);
    for (const id of step.ask) query.take(id, now[id] ?? 'no_answer');
  }
}

export const same = (ids: readonly string[], answer: PeerAnswer): World =>
  Object.fromEntries(ids.map((id) => [id, answer]));
export const FIVE = ['a', 'b', 'c', 'd', 'e'];
