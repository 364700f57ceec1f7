// What an exchange between equal views costs: the case of nearly every round.

import { describe, expect, it } from 'vitest';
import { buildRequest, NOTHING } from '../../../node/core/exchange/request.ts';
import { messageSize } from '../../../node/core/wire/encode.ts';
import { memberOf } from '../support.ts';
import { pair } from './digest-support.ts';

describe('equal views', () => {
  function settledBytes(members: number): { request: number; answer: number } {
    const bases = Array.from({ length: members }, (_, i) => i + 1);
    const [asker, other] = pair(bases, bases);
    const sizes = { request: 0, answer: 0 };
    for (let round = 1; round <= 5; round++) {
      const request = buildRequest(asker.state, memberOf(asker, 'reader'), NOTHING, round);
      const [effect] = other.handle({ type: 'request', token: 1, message: request }, round);
      if (effect?.type !== 'answer') throw new Error('no answer');
      asker.state.pending.set(1, {
        purpose: 'round',
        member: memberOf(asker, 'writer'),
        address: 'http://writer',
        startedAt: round,
        rosterHash: asker.state.members.roster().hash,
        depth: 0,
      });
      asker.handle({ type: 'response', exchange: 1, message: effect.message }, round);
      sizes.request = messageSize(request);
      sizes.answer = messageSize(effect.message);
    }
    return sizes;
  }

  it.each([
    // Up to 128 members the digest is shorter than the risk of a second trip is dear.
    [2, 26 + 4],
    [100, 26 + 53],
    [126, 26 + 66],
    [200, 26],
    [1_000, 26],
  ])('of %i members cost %i bytes asked and 9 answered', (members, requestBytes) => {
    expect(settledBytes(members)).toEqual({ request: requestBytes, answer: 9 });
  });

  it('take 24 bytes to answer in the rare rounds that tell the wall clock', () => {
    const [asker, other] = pair([1, 2, 3], [1, 2, 3]);
    const wallMs = 1_700_000_000_000;
    other.handle({ type: 'clock', wallMs }, 0);
    const built = buildRequest(asker.state, memberOf(asker, 'writer'), NOTHING, 0);
    const effects = other.handle({ type: 'request', token: 1, message: { ...built, wallMs } }, 0);
    const [reply] = effects.flatMap((effect) => (effect.type === 'answer' ? [effect.message] : []));
    if (reply === undefined) throw new Error('no answer');
    expect(reply).toMatchObject({ same: true, wallMs });
    expect(messageSize(reply)).toBe(24);
  });
});
