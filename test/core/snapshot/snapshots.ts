// Snapshots of engines, and engines that come back from them.

import { absorb } from '../../../node/core/data/merge.ts';
import { definitionKeys } from '../../../node/core/data/slots.ts';
import { entryAt } from '../../../node/core/data/source.ts';
import type { Engine } from '../../../node/core/engine.ts';
import { memberKey } from '../../../node/core/hash.ts';
import { readPast } from '../../../node/core/snapshot/past.ts';
import {
  MIN_PART_BYTES,
  snapshotOthers,
  snapshotSelf,
} from '../../../node/core/snapshot/snapshot.ts';
import type { State } from '../../../node/core/state.ts';
import { createNetwork, type Network } from '../network.ts';
import {
  aliveUpdate,
  type EngineChoices,
  hold,
  indicesOf,
  memberOf,
  samples,
  startEngine,
} from '../support.ts';

export const MINUTE_MS = 60_000;
/** The wall clock is no engine's clock. */
export const WALL_MS = 1.7e12;
export const at = (now: number) => ({ now, wallMs: now + WALL_MS });
export const OWNER = { id: 'edge', cluster: 'priomon' };

export const snapshotOf = ({ state }: Engine, now: number, maxPartBytes = MIN_PART_BYTES) => ({
  self: snapshotSelf(state, at(now)),
  others: snapshotOthers(state, maxPartBytes, at(now)),
});

const pastOf = (engine: Engine, now: number) => {
  const { self, others } = snapshotOf(engine, now);
  return readPast(self, others, OWNER);
};

/** The node after its memory ended at `now` and came back `elapsedMs` later. */
export const comeBack = (
  engine: Engine,
  now: number,
  elapsedMs: number,
  choices: EngineChoices = {},
) =>
  startEngine(
    'edge',
    { past: { past: pastOf(engine, now), wallMs: at(now + elapsedMs).wallMs }, ...choices },
    now + elapsedMs,
  );

/** All that a view holds of others, with ages in the place of times. */
export const imageOf = (state: State, now: number) => ({
  members: [...state.members.byId.values()]
    .filter(({ id }) => id !== state.self.id)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((member) => ({
      update: [member.id, member.generation, member.incarnation, member.status, member.address],
      leave: member.leave,
      confirmers: [...(member.suspicion?.confirmers ?? [])],
      marks: [
        member.source.watermark,
        [...(member.source.laneWatermarks ?? [])].sort(([a], [b]) => a - b),
      ],
      ages: [now - member.statusSince, now - member.heardAt],
      entries: indicesOf(member.source).map((index) => {
        const entry = entryAt(member.source, index);
        return entry && { ...entry, sampledAt: now - entry.sampledAt };
      }),
    })),
  definitions: [...state.definitions].sort(([a], [b]) => a - b),
  // Of cards that are held; those before them may have named others.
  unknown: namedKeys(state).filter((key) => state.unknownDefinitions.has(key)),
  forgotten: [...state.forgotten],
  suspects: [...state.suspects].map(({ id }) => id).sort(),
});

const namedKeys = ({ members }: State): number[] =>
  [...members.byId.values()]
    .flatMap(({ source }) => [...definitionKeys(source.record)])
    .sort((a, b) => a - b);

/** An engine that has met members of every status, and entries ahead of their marks. */
export function experienced(): Network & { edge: Engine } {
  const network = createNetwork();
  const edge = network.add(startEngine('edge', { settings: { forgetAfterMs: 60 * MINUTE_MS } }));
  for (const id of ['a', 'b', 'hidden']) {
    const address = id === 'hidden' ? '' : `http://${id}`;
    const other = startEngine(id, { seeds: ['http://edge'], address, labels: { rack: id } });
    network.feed(network.add(other), samples(['storage', 20], ['cpu', id.length]));
  }
  network.settle();
  network.now += 400;
  const said = [
    aliveUpdate('gone', { status: 'dead', ageMs: 30 * MINUTE_MS, incarnation: 2 }),
    aliveUpdate('resting', { status: 'left', ageMs: 9_000, leave: { reason: 'upgrade' } }),
    aliveUpdate('silent', { status: 'suspect', ageMs: 500, confirmers: [7] }),
  ];
  const chunk = { ref: memberKey('silent', 1), from: 0, to: 0 };
  const entries = [{ index: 2, version: 5, ageMs: 700, value: 33 }];
  const cargo = { byKey: true, chunks: [{ ...chunk, entries }], updates: said, definitions: [] };
  absorb(edge.state, cargo, undefined, 0, network.now);
  // One lane of a member reaches further than the others.
  const a = memberOf(edge, 'a');
  hold(edge, 'a', a.source.watermark, new Map([[10, a.source.watermark + 2]]));
  edge.state.forgotten.set('long ago', 3);
  return Object.assign(network, { edge });
}
