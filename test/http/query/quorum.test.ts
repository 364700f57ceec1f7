// The quorum machine by itself: a world of holdings, no clock and no network.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../node/core/random.ts';
import type { Holding } from '../../../node/http/query/quorum.ts';
import {
  createQuorumQuery,
  type PeerAnswer,
  type QuorumResult,
} from '../../../node/http/query/quorum.ts';
import { FIVE, held, holding, peersOf, run, same, type World } from './world.ts';

describe('agreement', () => {
  it('takes two peers and four messages where all hold the same', () => {
    const { result, asked } = run(same(['me', ...FIVE], holding(4)));
    expect(result).toMatchObject({ outcome: 'agreed', tries: 1, messages: 4, wanted: 3 });
    expect(result.agreed).toEqual(['me', ...(asked[0] ?? [])]);
    expect(result.newest).toEqual(holding(4));
    expect(result.votes).toEqual(
      result.agreed.map((node) => ({ node, generation: 1, version: 4, agrees: true })),
    );
  });

  it('asks no peer for a quorum of one', () => {
    const { result } = run({ me: holding(4), a: holding(5) }, { quorum: 1 });
    expect(result).toMatchObject({ outcome: 'agreed', tries: 0, messages: 0, agreed: ['me'] });
  });

  it('asks as many peers as wanted when the coordinator itself holds nothing', () => {
    const { result, asked } = run(same(FIVE, holding(4)));
    expect(asked.map(({ length }) => length)).toEqual([3]);
    expect(result).toMatchObject({ outcome: 'agreed', unknownTo: ['me'], messages: 6 });
  });

  it('is on the newest: one who holds more makes all others laggards', () => {
    const { result } = run({ ...same(['me', 'a', 'b'], holding(4)), c: holding(5) }, { quorum: 4 });
    expect(result).toMatchObject({ outcome: 'disagreed', agreed: ['c'] });
    expect(result.newest).toEqual(holding(5));
    expect(result.votes.filter(({ agrees }) => !agrees).map(({ version }) => version)).toEqual([
      4, 4, 4,
    ]);
  });

  it('puts a higher generation above any version', () => {
    const restarted = holding(1, { generation: 2 });
    const { result } = run({ me: holding(900), a: restarted, b: restarted }, { quorum: 2 });
    expect(result).toMatchObject({ outcome: 'agreed', newest: { generation: 2 } });
    expect(result.agreed.toSorted()).toEqual(['a', 'b']);
    // The run before may have told the same value under the same number.
    const before = run({ me: holding(1), a: restarted }, { quorum: 2 }).result;
    expect(before).toMatchObject({ outcome: 'disagreed', agreed: ['a'] });
  });

  it('demands every metric, not the highest version alone', () => {
    const two = (memory: number): Holding => ({
      ...holding(9),
      metrics: [...holding(9).metrics, held('memory', 10 * memory, memory)],
    });
    const { result } = run({ me: two(3), a: two(5), b: two(5) }, { quorum: 3 });
    expect(result.outcome).toBe('disagreed');
    expect(result.agreed.toSorted()).toEqual(['a', 'b']);
    expect(result.newest).toEqual(two(5));
  });

  it('does not count a peer that holds another value under the same version', () => {
    const liar = holding(4, { metrics: [held('cpu', 41, 4)] });
    const { result } = run({ me: holding(4), a: liar }, { quorum: 2 });
    expect(result).toMatchObject({ outcome: 'disagreed', agreed: ['me'] });
    expect(result.newest?.metrics[0]?.value).toBe(40);
  });

  it('can be prevented by a lying peer, not forged by one', () => {
    const world = { ...same(['me', ...FIVE], holding(4)), liar: holding(1_000_000) };
    for (let seed = 0; seed < 50; seed++) {
      const { result } = run(world, { random: createRandom(seed) });
      if (result.outcome === 'agreed') expect(result.newest).toEqual(holding(4));
      else expect(result.agreed).toEqual(['liar']);
    }
  });

  it('answers a dead target like any other, with its newest status', () => {
    const dead = holding(4, { status: 'dead' });
    const refuted = holding(4, { incarnation: 1 });
    const { result } = run({ me: holding(4), a: dead, b: dead });
    expect(result).toMatchObject({ outcome: 'agreed', newest: { status: 'dead' } });
    const alive = run({ me: dead, a: refuted, b: dead }).result;
    expect(alive).toMatchObject({ newest: { status: 'alive', incarnation: 1 } });
  });

  it('states the oldest time of equal samples, so that staleness is the most it may be', () => {
    const metrics = [{ ...holding(4).metrics[0], sampledAt: -50 }] as Holding['metrics'];
    const { result } = run({ me: holding(4), a: holding(4, { metrics }), b: holding(4) });
    expect(result.newest?.metrics[0]?.sampledAt).toBe(-50);
  });

  it('takes a value for stale when its owner says so, whichever nodes hold the same', () => {
    const metrics = [{ ...holding(4).metrics[0], sampledAt: 9, staleAt: 12 }] as Holding['metrics'];
    const { result } = run({ me: holding(4), a: holding(4), b: holding(4, { metrics }) });
    expect(result.newest?.metrics[0]).toMatchObject({ sampledAt: 4, staleAt: 12 });
  });
});

describe('further tries', () => {
  it('ask the peers that were behind again, after a wait, and another one besides', () => {
    const early: World = { me: holding(5), a: holding(4), b: holding(4), c: holding(4) };
    const { result, asked, waits } = run(early, { quorum: 2 }, (attempt) =>
      attempt === 1 ? early : same(Object.keys(early), holding(5)),
    );
    expect(waits).toEqual([false, true]);
    expect(asked[1]).toContain(asked[0]?.[0]);
    expect(new Set(asked[1]).size).toBe(2);
    expect(result).toMatchObject({ outcome: 'agreed', tries: 2, messages: 6 });
  });

  it('replace peers that did not answer by others, without a wait', () => {
    const world: World = { me: holding(4), a: 'no_answer', b: 'no_answer', c: holding(4) };
    for (let seed = 0; seed < 20; seed++) {
      const { result, asked, waits } = run(world, { quorum: 2, random: createRandom(seed) });
      expect(result).toMatchObject({ outcome: 'agreed', agreed: ['me', 'c'] });
      expect(new Set(asked.flat()).size).toBe(asked.flat().length);
      expect(waits).not.toContain(true);
      // A request each, and one answer.
      expect(result.messages).toBe(asked.flat().length + 1);
      expect(result.failed.every(({ reason }) => reason === 'no_answer')).toBe(true);
    }
  });

  it('come back to a peer that failed when there is no other', () => {
    const world: World = { me: holding(4), a: 'no_answer' };
    const { result, asked } = run(world, { quorum: 2 }, (attempt) =>
      attempt === 2 ? same(['me', 'a'], holding(4)) : world,
    );
    expect(asked).toEqual([['a'], ['a']]);
    expect(result).toMatchObject({ outcome: 'agreed', failed: [], messages: 3 });
  });

  it('look at the own view again: gossip goes on meanwhile', () => {
    const world: World = { me: holding(4), a: holding(5) };
    const { result } = run(world, { quorum: 2 }, () => ({ me: holding(5), a: holding(5) }));
    expect(result).toMatchObject({ outcome: 'agreed', tries: 1, agreed: ['me', 'a'] });
  });

  it('ask suspects last', () => {
    const peers = [{ id: 'x', status: 'suspect' as const }, ...peersOf('a', 'b')];
    for (let seed = 0; seed < 20; seed++) {
      const random = createRandom(seed);
      const { asked } = run(same(['me', 'x', 'a', 'b'], holding(1)), { peers, random });
      expect(asked.flat()).not.toContain('x');
    }
  });
});

describe('an end without agreement', () => {
  it('is unknown when enough answered and none holds anything, at the first try', () => {
    const { result } = run(same(FIVE, 'nothing'));
    expect(result).toMatchObject({ outcome: 'unknown', tries: 1, messages: 6, newest: undefined });
    expect(result.unknownTo).toHaveLength(4);
  });

  it('is unanswered when too few answered', () => {
    const { result } = run({ me: holding(4), ...same(FIVE, 'no_answer') });
    expect(result).toMatchObject({ outcome: 'unanswered', tries: 3, newest: holding(4) });
    expect(result.messages).toBe(6);
  });

  it('tells broken answers, which came, from none', () => {
    const { result } = run({ me: holding(4), a: 'bad_answer' }, { quorum: 2, tries: 1 });
    expect(result).toMatchObject({
      outcome: 'unanswered',
      messages: 2,
      failed: [{ node: 'a', reason: 'bad_answer' }],
    });
  });

  it('counts a peer that has not answered yet as failed, and ignores what comes later', () => {
    const query = createQuorumQuery({
      ...{ self: 'me', own: () => holding(4), peers: peersOf('a', 'b') },
      ...{ quorum: 3, tries: 3, random: createRandom(1) },
    });
    query.next();
    query.take('a', holding(4));
    query.take('stranger', holding(9));
    expect(query.result()).toMatchObject({
      outcome: 'unanswered',
      agreed: ['me', 'a'],
      failed: [{ node: 'b', reason: 'no_answer' }],
      messages: 3,
    });
    query.take('b', holding(4));
    query.take('a', holding(9));
    expect(query.result()).toMatchObject({ outcome: 'unanswered', messages: 3 });
  });

  it('comes at once when no peer can be asked', () => {
    const { result, asked } = run({ me: holding(4) });
    expect(asked).toEqual([]);
    expect(result).toMatchObject({ outcome: 'unanswered', tries: 0, messages: 0 });
  });
});

describe('in any world', () => {
  const answer = fc.oneof(
    fc.integer({ min: 1, max: 3 }).map((version): PeerAnswer => holding(version)),
    fc.constantFrom<PeerAnswer>('nothing', 'no_answer', 'bad_answer'),
  );
  const world = fc
    .array(answer, { maxLength: 12 })
    .map(
      (answers): World =>
        Object.fromEntries(answers.map((each, i) => [i === 0 ? 'me' : `p${i}`, each])),
    );
  const size = fc.integer({ min: 1, max: 6 });
  const settings = fc.record({ seed: fc.nat(), quorum: size, tries: size });
  const check = (holds: (world: World, result: ReturnType<typeof run>, quorum: number) => void) =>
    fc.assert(
      fc.property(world, settings, (nodes, { seed, quorum, tries }) => {
        holds(nodes, run(nodes, { quorum, tries, random: createRandom(seed) }), quorum);
        expect(run(nodes, { quorum, tries, random: createRandom(seed) })).toEqual(
          run(nodes, { quorum, tries, random: createRandom(seed) }),
        );
      }),
    );
  const newestOf = ({ votes }: QuorumResult) => Math.max(...votes.map(({ version }) => version));

  it('agrees exactly when a quorum of those that answered holds the newest of their states', () => {
    check((nodes, { result }, quorum) => {
      const holders = result.votes.filter(({ version }) => version === newestOf(result));
      expect(result.agreed).toEqual(holders.map(({ node }) => node));
      expect(result.outcome === 'agreed').toBe(holders.length >= quorum);
      for (const { node, version } of result.votes) expect(nodes[node]).toEqual(holding(version));
    });
  });

  it('stays within its tries, asks no peer twice in one, and counts every message', () => {
    check((nodes, { result, asked }, quorum) => {
      expect(result.tries).toBe(asked.length);
      for (const ids of asked) {
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids.length).toBeLessThanOrEqual(2 * quorum);
        expect(ids).not.toContain('me');
      }
      const all = asked.flat();
      const answers = all.filter((id) => nodes[id] !== 'no_answer');
      expect(result.messages).toBe(all.length + answers.length);
    });
  });
});
