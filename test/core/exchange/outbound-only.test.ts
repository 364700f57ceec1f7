// An outbound-only node: what it believes of others it says itself, in its own requests.

import { describe, expect, it } from 'vitest';
import { applyUpdate } from '../../../node/core/membership/updates.ts';
import { createNetwork } from '../network.ts';
import { aliveUpdate, CALM, startEngine } from '../support.ts';

describe('a suspicion of an outbound-only node', () => {
  it('is told to the peer that takes the suspect for alive, which has it refuted', () => {
    const network = createNetwork();
    const peer = network.add(startEngine('peer'));
    const hidden = { address: '', seeds: ['http://peer'] };
    const suspect = network.add(startEngine('suspect', hidden));
    const outbound = network.add(startEngine('outbound', hidden));
    network.settle();
    // The message that told of it was lost, as were those that rode on rounds.
    const suspicion = { status: 'suspect', address: '', confirmers: [] } as const;
    applyUpdate(outbound.state, aliveUpdate('suspect', suspicion), 0);
    outbound.state.members.retransmits.clear();
    outbound.state.recentChanges.clear();
    outbound.state.pendingUpdates.clear();
    for (let i = 0; i < 4; i++) network.round();
    expect(suspect.view.member('suspect')).toMatchObject({ status: 'alive', incarnation: 1 });
    for (const { view } of [peer, outbound]) {
      expect(view.member('suspect')).toMatchObject({ status: 'alive', incarnation: 1 });
    }
  });
});

describe('definitions that only an outbound-only node knows', () => {
  function start() {
    const network = createNetwork();
    const peer = network.add(startEngine('peer'));
    const outbound = network.add(startEngine('outbound', { address: '', seeds: ['http://peer'] }));
    network.settle();
    network.feed(outbound, { type: 'define', definition: { ...CALM, name: 'queue' } });
    network.feed(outbound, { type: 'samples', readings: [{ metric: 'queue', value: 7 }] });
    // The messages that brought the definition along were lost, or came before its card.
    outbound.state.freshDefinitions.clear();
    const namesAtPeer = () =>
      peer.view.member('outbound')?.metrics.map(({ definition }) => definition.name);
    return { network, outbound, namesAtPeer };
  }

  it('are asked for when it calls, though views are equal', () => {
    const { network, namesAtPeer } = start();
    for (let i = 0; i < 6; i++) network.round();
    expect(namesAtPeer()).toContain('queue');
  });

  it('are asked for at each call, though they were asked for in vain this round', () => {
    const { network, outbound, namesAtPeer } = start();
    const call = (): void => {
      network.now += 1_200;
      network.feed(outbound, { type: 'wake' });
    };
    network.failure = (_, message) =>
      message.kind === 'exchange' && message.definitions.length > 0 ? 'timeout' : undefined;
    call();
    expect(namesAtPeer()).not.toContain('queue');
    network.failure = () => undefined;
    call();
    expect(namesAtPeer()).toContain('queue');
  });
});
