import { describe, expect, it } from 'vitest';
import { createMember, type Member } from '../../node/core/membership/member.ts';
import { createMembers } from '../../node/core/membership/roster.ts';
import { createRandom } from '../../node/core/random.ts';

const memberCalled = (id: string): Member =>
  createMember(
    { id, generation: 1, incarnation: 0, status: 'alive', address: '', ageMs: 0, confirmers: [] },
    0,
  );

describe('the orders of a view', () => {
  it('are as if sorted anew, whoever came, went and came back', () => {
    const members = createMembers();
    const random = createRandom(7);
    for (let step = 0; step < 200; step++) {
      for (let change = random.below(4); change >= 0; change--) {
        const id = `m${random.below(60)}`;
        const held = members.byId.get(id);
        if (held === undefined) members.add(memberCalled(id));
        else members.remove(held);
      }
      const all = [...members.byId.values()];
      expect(members.ring()).toEqual(all.toSorted((a, b) => a.key - b.key));
      const roster = members.roster();
      expect(roster.members).toEqual(all.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
      expect(roster.members.map(({ slot }) => roster.positions[slot])).toEqual([...all.keys()]);
    }
  });

  it('of thousands take one look at each for some newcomers, not a sort', () => {
    const members = createMembers();
    let looks = 0;
    const addCounted = (id: string): void => {
      const { key, ...others } = memberCalled(id);
      const counted = Object.defineProperties(others as Member, {
        key: { get: () => [++looks, key][1] },
        id: { get: () => [++looks, id][1] },
      });
      members.add(counted);
    };
    for (let i = 0; i < 4_000; i++) addCounted(`m${i}`);
    members.ring();
    members.roster();
    for (let i = 0; i < 100; i++) addCounted(`n${i}`);
    looks = 0;
    members.ring();
    members.roster();
    // To filter and to merge: some looks at each in both orders, where to sort takes two dozen.
    expect(looks).toBeLessThan(4_100 * 10);
  });
});
