// Facts that others keep: a copy follows what its author told last, and is known for a copy after
// its keeper's memory ended.

import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../node/core/engine.ts';
import { createNetwork } from '../network.ts';
import { comeBack } from '../snapshot/snapshots.ts';
import { startEngine } from '../support.ts';

const HOUR_MS = 3_600_000;
const KEPT = { type: 'fact', key: 'note', priority: 5, ttlMs: HOUR_MS, isKept: true } as const;

/** An author and one who keeps what it tells. */
function keeping() {
  const network = createNetwork();
  const author = network.add(startEngine('author'));
  const keeper = network.add(startEngine('edge', { seeds: ['http://author'] }));
  const rounds = (count: number): void => {
    for (let i = 0; i < count; i++) network.round();
  };
  rounds(3);
  return { network, author, keeper, rounds };
}

const factsOf = ({ view }: Engine) =>
  view.facts('').map(({ author, key, value }) => ({ author, key, value }));

/** Cards of facts that the engine itself publishes. */
const copiesOf = ({ state }: Engine) =>
  (state.self.source.record?.slots ?? []).flatMap((slot) =>
    slot?.card && 'key' in slot.card ? [slot.card] : [],
  );

describe('a copy of a fact', () => {
  it('says under which version its author told what it holds', () => {
    const { network, author, keeper, rounds } = keeping();
    for (const value of ['1', '2']) {
      network.feed(author, { ...KEPT, value });
      rounds(4);
      expect(copiesOf(keeper)).toMatchObject([
        { origin: { author: 'author', generation: 1, version: author.state.version } },
      ]);
    }
  });

  it('is a copy still after its keeper came back: no second is made, and it ends', () => {
    const { network, author, keeper, rounds } = keeping();
    network.feed(author, { ...KEPT, value: '1' });
    rounds(4);
    expect(copiesOf(keeper)).toHaveLength(1);
    network.engines.pop();
    const again = network.add(comeBack(keeper, network.now, 0, { seeds: ['http://author'] }));
    network.feed(author, { ...KEPT, value: '2' });
    rounds(4);
    expect(copiesOf(again)).toHaveLength(1);
    expect(factsOf(again)).toEqual([{ author: 'author', key: 'note', value: '2' }]);
    network.feed(author, { type: 'end_fact', key: 'note' });
    rounds(6);
    expect(factsOf(again).map(({ key }) => key)).toEqual(['end/note']);
    expect(copiesOf(again).map(({ key }) => key)).not.toContain('note');
  });
});
