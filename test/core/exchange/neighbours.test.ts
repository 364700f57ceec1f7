// Which peer to call next: each in the rotation before any again, out of a bounded set.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PACE_LABEL } from '../../../node/core/exchange/call-interval.ts';
import { createNeighbours, nextTargets } from '../../../node/core/exchange/neighbours.ts';
import { createMember, type Member } from '../../../node/core/membership/member.ts';
import { createMembers } from '../../../node/core/membership/roster.ts';
import { createRandom } from '../../../node/core/random.ts';
import { createNetwork } from '../network.ts';
import { aliveUpdate, sendsOf, startEngine } from '../support.ts';

function circle(count: number, seed = 1) {
  const members = createMembers();
  const self = createMember(aliveUpdate('self'), 0);
  members.add(self);
  const others = Array.from({ length: count }, (_, i) => {
    const member = createMember(aliveUpdate(`m${i}`), 0);
    members.add(member);
    return member;
  });
  const neighbours = createNeighbours();
  const random = createRandom(seed);
  const next = (targets = 1, limit = 32): Member[] =>
    nextTargets(neighbours, members, self, targets, limit, random);
  return { members, self, others, next };
}

describe('a node that says that its rounds are long', () => {
  /** Calls that a node makes to a peer with this label, in 1,000 rounds of 1 s among ten peers. */
  function callsTo(round: string): number {
    const network = createNetwork();
    const one = network.add(startEngine('one'));
    for (let i = 0; i < 9; i++) {
      network.add(startEngine(`m${i}`, { seeds: ['http://one'], seed: i }));
    }
    network.add(startEngine('slow', { seeds: ['http://one'], labels: { [PACE_LABEL]: round } }));
    for (let i = 0; i < 20; i++) network.round();
    let calls = 0;
    for (let i = 0; i < 1_000; i++) {
      network.now += 1_000;
      const sends = sendsOf(network.feed(one, { type: 'wake' }));
      calls += sends.filter(({ address }) => address === 'http://slow').length;
    }
    return calls;
  }

  it('is called as much more seldom, and by chance', () => {
    const share = callsTo('10s') / callsTo('1s');
    expect(share).toBeGreaterThan(0.03);
    expect(share).toBeLessThan(0.25);
  });

  it('is not looked for when a kept connection to it ends, as others are', () => {
    const network = createNetwork();
    const one = network.add(startEngine('one'));
    for (const [id, labels] of [
      ['slow', { [PACE_LABEL]: '10s' }],
      ['other', {}],
    ] as const) {
      network.add(startEngine(id, { seeds: ['http://one'], labels }));
    }
    for (let i = 0; i < 20; i++) network.round();
    const isLookedFor = (address: string): boolean => {
      network.feed(one, { type: 'disconnected', address });
      return [...one.state.broken.keys()].some((member) => member.address === address);
    };
    expect(isLookedFor('http://other')).toBe(true);
    expect(isLookedFor('http://slow')).toBe(false);
  });

  it.each(['9999s', 'never', '10', '-10s', ''])('is not forgotten for it: %j', (round) => {
    expect(callsTo(round)).toBeGreaterThan(0);
  });
});

const idsOf = (members: readonly Member[]): string[] => members.map(({ id }) => id).sort();

describe('the rotation', () => {
  it('comes to every neighbour exactly once before it comes to any again', () => {
    const { others, next } = circle(9);
    const rotations = [1, 2, 3].map(() => others.flatMap(() => next()));
    for (const rotation of rotations) expect(idsOf(rotation)).toEqual(idsOf(others));
    expect(rotations[0]).not.toEqual(rotations[1]);
  });

  it('with several targets a round leaves no neighbour out for longer than two rotations', () => {
    const sizes = fc.record({
      count: fc.integer({ min: 1, max: 20 }),
      targets: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(sizes, fc.nat(), ({ count, targets }, seed) => {
        const { others, next } = circle(count, seed);
        const rounds = Math.ceil((count * 2) / targets) + 1;
        for (let turn = 0; turn < 4; turn++) {
          const called = Array.from({ length: rounds }, () => next(targets)).flat();
          expect(new Set(called).size).toBe(others.length);
        }
      }),
    );
  });

  it('names no target twice in a round, and never more than there are', () => {
    const { others, next } = circle(3);
    expect(idsOf(next(8))).toEqual(idsOf(others));
    for (let round = 0; round < 20; round++) expect(new Set(next(2)).size).toBe(2);
    expect(circle(0).next(3)).toEqual([]);
  });

  it('passes over nodes that are dead, left or outbound-only, and itself', () => {
    const { others, next } = circle(5);
    const [dead, left, natted, suspect] = others;
    if (dead !== undefined) dead.status = 'dead';
    if (left !== undefined) left.status = 'left';
    if (natted !== undefined) natted.address = '';
    if (suspect !== undefined) suspect.status = 'suspect';
    expect(idsOf([...next(), ...next()])).toEqual(['m3', 'm4']);
    expect(idsOf([...next(), ...next()])).toEqual(['m3', 'm4']);
  });

  it('passes over a node that died in the middle of it', () => {
    const { others, next } = circle(4);
    const [called] = next();
    const dead = others.find((member) => member !== called);
    if (dead !== undefined) dead.status = 'dead';
    expect([next(), next()].flat()).not.toContain(dead);
  });

  it('passes over a node that was removed in the middle of it', () => {
    const { others, members, next } = circle(4);
    const [called] = next();
    const gone = others.find((member) => member !== called);
    if (gone !== undefined) members.remove(gone);
    expect([next(), next(), next()].flat()).not.toContain(gone);
  });

  it('goes on where it was when others join: no node has two turns before each had one', () => {
    for (let seed = 0; seed < 50; seed++) {
      const { others, members, next } = circle(6, seed);
      const before = [next(), next(), next()].flat();
      const newcomer = createMember(aliveUpdate('newcomer'), 0);
      members.add(newcomer);
      const after = [next(), next(), next(), next()].flat();
      expect(idsOf([...before, ...after])).toEqual(idsOf([...others, newcomer]));
    }
  });

  it('includes a node that joins from the next call on', () => {
    const { members, next } = circle(3);
    next();
    members.add(createMember(aliveUpdate('late'), 0));
    expect(idsOf([next(), next(), next(), next()].flat())).toContain('late');
  });

  it('keeps to its limit, and changes an eighth of it after each rotation', () => {
    const { next } = circle(100);
    const rotation = (): Set<string> =>
      new Set(
        Array.from({ length: 16 }, () => next(1, 16))
          .flat()
          .map(({ id }) => id),
      );
    const seen = [rotation(), rotation()];
    expect(seen.map((set) => set.size)).toEqual([16, 16]);
    const stayed = [...(seen[0] ?? [])].filter((id) => seen[1]?.has(id));
    expect(stayed.length).toBeGreaterThanOrEqual(14);
    expect(stayed.length).toBeLessThan(16);
  });

  it('comes to every node in the end, whatever the limit', () => {
    const { others, next } = circle(60);
    const seen = new Set(Array.from({ length: 2_000 }, () => next(1, 8)).flat());
    expect(seen.size).toBe(others.length);
  });
});
