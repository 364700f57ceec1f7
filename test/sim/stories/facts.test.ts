// Facts in virtual time: told to all, kept beyond their author, taken back; and members forgotten.

import { describe, expect, it } from 'vitest';
import { factsOf, settledCluster } from './facts.ts';

describe('a fact', () => {
  it('that is urgent reaches all within network delays, and its new value as well', () => {
    const { simulation, nodes, author } = settledCluster(1);
    for (const value of ['1', '2']) {
      simulation.input(author, { type: 'fact', key: 'site', value, priority: 200 });
      simulation.runUntil(simulation.now() + 50);
      for (const node of nodes) expect(factsOf(node)).toEqual([`${author.id} site=${value}`]);
    }
  });

  it('that was taken back is shown nowhere after some rounds', () => {
    const { simulation, nodes, author } = settledCluster(2);
    simulation.input(author, { type: 'fact', key: 'site', value: '1', priority: 1 });
    simulation.runUntil(simulation.now() + 12_000);
    for (const node of nodes) expect(factsOf(node)).toHaveLength(1);
    simulation.input(author, { type: 'end_fact', key: 'site' });
    simulation.runUntil(simulation.now() + 12_000);
    for (const node of nodes) expect(factsOf(node)).toEqual([]);
  });

  it('ends everywhere by itself when its time is over, also where its author is gone', () => {
    const { simulation, nodes, author } = settledCluster(3);
    const told = { key: 'site', value: '1', priority: 200, ttlMs: 20_000 };
    simulation.input(author, { type: 'fact', ...told });
    simulation.runUntil(simulation.now() + 1_000);
    simulation.crash(author, { keepDisk: false });
    simulation.runUntil(simulation.now() + 15_000);
    const others = nodes.filter((node) => node !== author);
    for (const node of others) expect(factsOf(node)).toHaveLength(1);
    simulation.runUntil(simulation.now() + 8_000);
    for (const node of others) expect(factsOf(node)).toEqual([]);
  });

  it('that is kept outlives its author and all memory of it, until any node ends it', () => {
    const { simulation, nodes, author } = settledCluster(4, { forgetAfterMs: 20_000 });
    const told = { key: 'silence', value: '{"a":1}', priority: 200, ttlMs: 600_000, isKept: true };
    simulation.input(author, { type: 'fact', ...told });
    simulation.runUntil(simulation.now() + 10_000);
    simulation.crash(author, { keepDisk: false });
    simulation.runUntil(simulation.now() + 60_000);
    const others = nodes.filter((node) => node !== author);
    for (const node of others) {
      expect(node.engine?.view.member(author.id)).toBeUndefined();
      expect(factsOf(node)).toEqual([`${author.id} silence={"a":1}`]);
    }
    // Its keepers may end as well: others take their places.
    const keepers = others.filter(({ engine }) => (engine?.state.ownFacts.size ?? 0) > 0);
    expect(keepers).toHaveLength(3);
    for (const keeper of keepers.slice(0, 2)) simulation.crash(keeper, { keepDisk: false });
    simulation.runUntil(simulation.now() + 60_000);
    const left = others.filter(({ engine }) => engine !== undefined);
    for (const node of left) expect(factsOf(node)).toHaveLength(1);
    const [ender] = left;
    if (ender !== undefined) simulation.input(ender, { type: 'end_fact', key: 'silence' });
    simulation.runUntil(simulation.now() + 12_000);
    for (const node of left) {
      expect(factsOf(node).filter((fact) => !fact.includes(' end/'))).toEqual([]);
    }
  });
});

describe('a dead node that an admin forgets', () => {
  it('is gone everywhere, and does not come back from a node that had not heard of it', () => {
    const { simulation, nodes, author } = settledCluster(5);
    const away = nodes.at(-1);
    if (away === undefined) throw new Error('a fleet of none');
    simulation.crash(author, { keepDisk: true });
    simulation.runUntil(simulation.now() + 20_000);
    const others = nodes.filter((node) => node !== author && node !== away);
    simulation.stall(away, 15_000);
    simulation.input(others[0] ?? away, { type: 'forget', id: author.id });
    simulation.runUntil(simulation.now() + 10_000);
    for (const node of others) expect(node.engine?.view.member(author.id)).toBeUndefined();
    simulation.runUntil(simulation.now() + 30_000);
    for (const node of [...others, away]) {
      expect(node.engine?.view.member(author.id)).toBeUndefined();
    }
    // The node itself may come back at any time, as a new run.
    simulation.start(author);
    simulation.runUntil(simulation.now() + 20_000);
    for (const node of others) expect(node.engine?.view.member(author.id)?.status).toBe('alive');
  });
});
