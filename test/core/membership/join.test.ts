// A joiner learns the whole fleet in one conversation, and the whole fleet learns of it at once.

import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../node/core/engine.ts';
import { createNetwork, type Network, startFleet } from '../network.ts';
import { metricsAt, REQUEST, samples, sendsOf, startEngine } from '../support.ts';

/** A node that knows nobody but the address of the fleet's first node. */
function joining(network: Network, id = 'joiner'): Engine {
  return network.add(startEngine(id, { seeds: ['http://n01'], seed: 77 }, network.now));
}

describe('a joiner', () => {
  it('learns all members, their values and their definitions in one conversation', () => {
    const network = startFleet(12);
    const joiner = joining(network);
    network.feed(joiner, { type: 'wake' });
    network.now = joiner.state.nextRoundAt;
    network.log.length = 0;
    network.feed(joiner, { type: 'wake' });
    expect(joiner.view.members()).toHaveLength(13);
    for (const { view } of network.engines.slice(0, 12)) {
      expect(metricsAt(joiner, view.selfId)).toEqual({ storage: 20 });
    }
    expect(
      new Set(
        network.log.flatMap(({ from, to, message }) =>
          message.kind === 'exchange' ? [from, to] : [],
        ),
      ),
    ).toEqual(new Set(['joiner', 'n01']));
  });

  it.each([3, 12, 40])(
    'of a fleet of %i that has run for a while is known to all at once, at one small push each',
    (count) => {
      const network = startFleet(count);
      for (let round = 0; round < 50; round++) network.round();
      network.log.length = 0;
      const joiner = joining(network);
      joiner.handle(samples(['cpu', 33]), network.now);
      network.now = joiner.state.nextRoundAt;
      network.feed(joiner, { type: 'wake' });
      for (const engine of network.engines) {
        expect(engine.view.member('joiner')?.status).toBe('alive');
      }
      const pushes = network.log.filter(({ message }) => message.kind === 'push');
      expect(pushes).toHaveLength(count - 1);
      for (const { bytes } of pushes) expect(bytes).toBeLessThan(200);
    },
  );

  it('of a fleet that still gathers is told on its short rounds, not by a storm of pushes', () => {
    const network = startFleet(40);
    network.log.length = 0;
    const joiner = joining(network);
    joiner.handle(samples(['cpu', 33]), network.now);
    network.settle(12);
    expect(network.log.filter(({ message }) => message.kind === 'push')).toEqual([]);
    for (const engine of network.engines) expect(metricsAt(engine, 'joiner')).toEqual({ cpu: 33 });
  });

  it('is known with its values after a few rounds', () => {
    const network = startFleet(12);
    const joiner = joining(network);
    joiner.handle(samples(['cpu', 33]), network.now);
    network.settle(12);
    for (const engine of network.engines) expect(metricsAt(engine, 'joiner')).toEqual({ cpu: 33 });
  });

  it('learns a large fleet in one conversation of several messages, none over the budget', () => {
    const network = startFleet(60, { settings: { budgetBytes: 700 } });
    const joiner = network.add(
      startEngine('joiner', { seeds: ['http://n01'], settings: { budgetBytes: 700 } }, network.now),
    );
    network.log.length = 0;
    network.now = joiner.state.nextRoundAt;
    network.feed(joiner, { type: 'wake' });
    expect(joiner.view.members()).toHaveLength(61);
    expect(Math.max(...network.log.map(({ bytes }) => bytes))).toBeLessThanOrEqual(700);
  });

  it('is not confused when its seed is itself under another address', () => {
    const network = createNetwork();
    const engine = network.add(startEngine('self', { seeds: ['http://alias'] }));
    const alias = startEngine('self');
    const [call] = sendsOf(engine.handle({ type: 'wake' }, 1_000));
    const token = 1;
    const message = call?.message ?? REQUEST;
    const [answer] = alias.handle({ type: 'request', token, message }, 1_000);
    if (answer?.type !== 'answer' || call === undefined) throw new Error('no answer');
    const { exchange } = call;
    engine.handle({ type: 'response', exchange, message: answer.message }, 1_001);
    expect(engine.view.members()).toHaveLength(1);
    expect(engine.view.member('self')?.status).toBe('alive');
    expect(engine.state.pending.size).toBe(0);
  });
});
