// Generations, incarnations and versions that no honest node has: whatever is forged of a node,
// it comes back in every view by itself.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Effect } from '../../../node/core/effects.ts';
import type { Engine } from '../../../node/core/engine.ts';
import { memberKey } from '../../../node/core/hash.ts';
import {
  highestGeneration,
  isLaterRun,
  nextGeneration,
} from '../../../node/core/membership/generation.ts';
import type { MemberUpdate } from '../../../node/core/membership/member.ts';
import { STATUSES } from '../../../node/core/model.ts';
import { LIMITS } from '../../../node/core/wire/messages.ts';
import { type Network, startFleet } from '../network.ts';
import { aliveUpdate, metricsAt, REQUEST, samples, startEngine } from '../support.ts';

const NOW_MS = Date.UTC(2027, 3, 1);
const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;

const clockOf = (wallMs: number) => ({ type: 'clock', wallMs }) as const;

/** A stranger, or a member that lies, tells a node of a run of another. */
function tell(engine: Engine, id: string, changes: Partial<MemberUpdate>, now = 10): Effect[] {
  const updates = [aliveUpdate(id, changes)];
  const message = { ...REQUEST, cluster: engine.cluster, updates };
  return engine.handle({ type: 'request', token: 1, message }, now);
}

/** Nodes with clocks, whose generations are of today as theirs would be. */
function fleet(count: number): Network {
  const network = startFleet(count, { generation: NOW_MS });
  for (const engine of network.engines) {
    network.feed(engine, clockOf(NOW_MS + network.now));
    network.feed(engine, samples(['storage', 20]));
  }
  network.settle();
  return network;
}

const heldIn = ({ engines }: Network, id: string) =>
  engines.map((engine) => ({
    status: engine.view.member(id)?.status,
    storage: metricsAt(engine, id).storage,
  }));

/**
 * The victim measures on, and all are to see it; one value may be forged under the version that it
 * publishes next, and stand until the one after that.
 */
function expectBack(network: Network, rounds: number): void {
  const [victim] = network.engines as [Engine];
  for (const storage of [60, 80]) {
    network.feed(victim, samples(['storage', storage]));
    for (let round = 0; round < rounds; round++) network.round();
  }
  const well = { status: 'alive', storage: 80 };
  expect(heldIn(network, 'n01')).toEqual(network.engines.map(() => well));
}

describe('a generation', () => {
  it('of a new run is the clock, or follows the last where the clock is behind', () => {
    expect(nextGeneration(undefined, NOW_MS)).toBe(NOW_MS);
    expect(nextGeneration(NOW_MS - DAY_MS, NOW_MS)).toBe(NOW_MS);
    expect(nextGeneration(NOW_MS + DAY_MS, NOW_MS)).toBe(NOW_MS + DAY_MS + 1);
    // A year ahead by a mistyped date, then mended: peers believed that, and go on to.
    expect(nextGeneration(NOW_MS + YEAR_MS, NOW_MS)).toBe(NOW_MS + YEAR_MS + 1);
    expect(nextGeneration(NOW_MS, 12_345)).toBe(NOW_MS + 1);
  });

  it('that no peer believed is given up once the clock is set right', () => {
    expect(nextGeneration(NOW_MS + 50 * YEAR_MS, NOW_MS)).toBe(NOW_MS);
    expect(isLaterRun({ generation: NOW_MS + 50 * YEAR_MS }, { generation: NOW_MS })).toBe(false);
    expect(isLaterRun({ generation: NOW_MS + 1 }, { generation: NOW_MS })).toBe(true);
  });

  it.each([
    ['30 days ahead of ours', NOW_MS, NOW_MS + 30 * DAY_MS],
    ['of today, where our clock says 1970', 5_000, NOW_MS],
    ['of today, where our clock is three years behind', NOW_MS - 3 * YEAR_MS, NOW_MS],
    ['of 1970, where its clock is not set yet', NOW_MS, 5_000],
  ])('of an honest node %s is believed', (_, ourMs, generation) => {
    const engine = startEngine('n1');
    engine.handle(clockOf(ourMs), 0);
    tell(engine, 'n2', { generation });
    expect(engine.view.member('n2')).toMatchObject({ status: 'alive', generation });
  });

  it.each([2 ** 52, NOW_MS + 50 * YEAR_MS])('of %d is refused and counted', (generation) => {
    const engine = startEngine('n1');
    engine.handle(clockOf(NOW_MS), 0);
    tell(engine, 'n2', {});
    const effects = tell(engine, 'n2', { generation, status: 'dead' });
    expect(effects).toContainEqual({ type: 'generation_refused', id: 'n2', generation });
    expect(engine.status().counters.generationsRefused).toBe(1);
    expect(engine.view.member('n2')).toMatchObject({ status: 'alive', generation: 1 });
    const said = aliveUpdate('n9', { generation });
    const message = { ...REQUEST, cluster: engine.cluster, updates: [said] };
    expect(engine.isSenderAhead(message, 10)).toBe(false);
  });
});

describe('a clock that was far ahead and is set right', () => {
  it('takes what was believed by it out of the view, so that the truth can come', () => {
    const engine = startEngine('n1');
    engine.handle(clockOf(NOW_MS + 50 * YEAR_MS), 0);
    tell(engine, 'n2', { generation: NOW_MS + 50 * YEAR_MS, status: 'dead' });
    tell(engine, 'n3', { generation: NOW_MS });
    engine.handle(clockOf(NOW_MS), 20);
    expect(engine.view.members().map(({ id }) => id)).toEqual(['n1', 'n3']);
    tell(engine, 'n2', { generation: NOW_MS }, 30);
    expect(engine.view.member('n2')?.status).toBe('alive');
  });

  it('gives the node a generation that peers believe, without a restart', () => {
    const network = fleet(3);
    const far = NOW_MS + 50 * YEAR_MS;
    const late = startEngine('n04', { generation: far, seeds: ['http://n01'] }, network.now);
    network.add(late);
    network.feed(late, clockOf(far));
    for (let round = 0; round < 4; round++) network.round();
    expect(network.engines[0]?.view.member('n04')).toBeUndefined();
    const effects = network.feed(late, clockOf(NOW_MS));
    expect(effects).toContainEqual({ type: 'regenerated', generation: NOW_MS });
    network.settle();
    expect(heldIn(network, 'n04').map(({ status }) => status)).toEqual(
      network.engines.map(() => 'alive'),
    );
  });
});

describe('many forgeries about a node', () => {
  it('cannot drive its generation to where peers do not believe it', () => {
    const network = fleet(4);
    const [victim, liar] = network.engines as [Engine, Engine];
    const highest = highestGeneration(NOW_MS + network.now);
    for (const engine of [victim, liar]) {
      tell(engine, 'n01', { generation: highest, status: 'dead' }, network.now);
    }
    // Values that it never published, of each generation that it takes because of the one before.
    const { generation } = victim.state.self;
    const chunks = Array.from({ length: 50_000 }, (_, i) => {
      const entries = [{ index: 1, version: 900, ageMs: 0, value: 7 }];
      return { ref: memberKey('n01', generation + i), from: 0, to: 900, entries };
    });
    const message = { ...REQUEST, cluster: victim.cluster, rosterHash: 0, byKey: true, chunks };
    victim.handle({ type: 'request', token: 1, message }, network.now);
    expect(victim.state.self.generation).toBeGreaterThan(highest);
    network.now += 1_000;
    expectBack(network, 8);
  });
});

describe('one forged message about a node', () => {
  const forgery = fc.record({
    generation: fc.oneof(
      fc.constantFrom(NOW_MS, NOW_MS + 1, LIMITS.generation, LIMITS.generation - 1),
      fc.constantFrom(highestGeneration(NOW_MS), NOW_MS + YEAR_MS),
      fc.maxSafeNat().map((n) => n % LIMITS.generation),
    ),
    incarnation: fc.oneof(
      fc.constantFrom(0, 1, LIMITS.incarnation, LIMITS.incarnation - 1),
      fc.nat(LIMITS.incarnation),
    ),
    status: fc.constantFrom(...STATUSES),
    address: fc.constantFrom('', 'http://n01', 'http://n02', 'http://nowhere'),
    ageMs: fc.constantFrom(0, 60_000, 10 * YEAR_MS),
    version: fc.option(fc.constantFrom(3, 900, LIMITS.version - 1, LIMITS.version)),
    hearer: fc.integer({ min: 0, max: 3 }),
  });

  it('leaves it dead in no view and silences none of its values', () => {
    fc.assert(
      fc.property(forgery, ({ hearer, version, ...said }) => {
        const network = fleet(4);
        const engine = network.engines[hearer] as Engine;
        const held = engine.state.members.byId.get('n01');
        const entries = [{ index: 1, version: version ?? 1, ageMs: 0, value: 990 }];
        const to = version ?? 1;
        const chunks = version === null ? [] : [{ ref: held?.key ?? 0, from: 0, to, entries }];
        const updates = [aliveUpdate('n01', said)];
        const head = { ...REQUEST, cluster: engine.cluster, rosterHash: 0, byKey: true };
        const message = { ...head, updates, chunks };
        network.feed(engine, { type: 'request', token: -1, message });
        expectBack(network, 15);
      }),
      { numRuns: 150 },
    );
  });
});
