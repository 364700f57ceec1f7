// What a node could not send, for it had too much under way or its platform allowed no more, says
// nothing of those it was meant for.

import { describe, expect, it } from 'vitest';
import type { ExchangeFailure } from '../../../node/core/effects.ts';
import { createNetwork } from '../network.ts';
import { memberOf, metricsAt, samples, startEngine } from '../support.ts';

function cluster() {
  const network = createNetwork();
  const one = network.add(startEngine('one'));
  for (const id of ['two', 'three', 'four']) {
    network.add(startEngine(id, { seeds: ['http://one'] }));
  }
  network.feed(one, samples(['storage', 20]));
  for (let i = 0; i < 20; i++) network.round();
  return { network, one };
}

describe('exchanges that never went out', () => {
  /** Statuses that the first has of the others after five rounds in which all its calls fail. */
  const statusesAfter = (failure: ExchangeFailure): string[] => {
    const { network, one } = cluster();
    network.failure = (_, __, from) => (from === one ? failure : undefined);
    for (let i = 0; i < 5; i++) network.round();
    return one.view.members().map(({ status }) => status);
  };

  it('make no peer a suspect, as silence does', () => {
    expect(new Set(statusesAfter('closed'))).toEqual(new Set(['alive']));
    expect(statusesAfter('unreachable')).toContain('suspect');
  });

  it('lose no updates: the next round that goes out carries them', () => {
    const { network, one } = cluster();
    network.failure = (_, __, from) => (from === one ? 'closed' : undefined);
    network.feed(one, samples(['storage', 80]));
    network.round();
    network.failure = () => undefined;
    for (let i = 0; i < 3; i++) network.round();
    const [, two] = network.engines;
    expect(two && metricsAt(two, 'one')).toMatchObject({ storage: 80 });
    expect(memberOf(one, 'two').status).toBe('alive');
  });
});
