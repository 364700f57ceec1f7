// An admin has the dead forgotten: when the answer says that it was done, it was.

import { expect, it } from 'vitest';
import { applyUpdate } from '../../../node/core/membership/updates.ts';
import { aliveUpdate, startEngine } from '../support.ts';

it('dead nodes beyond those that a node can ask to forget are refused and stay', () => {
  const engine = startEngine('self');
  const ids = Array.from({ length: 150 }, (_, i) => `dead-node-${i}`);
  for (const id of ids) applyUpdate(engine.state, aliveUpdate(id, { status: 'dead' }), 0);
  const faults = ids.map((id) => {
    const fault = engine.forgetFault(id);
    if (fault === undefined) engine.handle({ type: 'forget', id }, 0);
    return fault;
  });
  expect(faults.at(0)).toBeUndefined();
  expect(faults.at(-1)).toBe('full');
  const stay = ids.filter((id) => engine.view.member(id) !== undefined);
  expect(stay).toEqual(ids.filter((_, i) => faults[i] === 'full'));
  expect(stay.length).toBeLessThan(100);
});
