// Very many suspects, as anybody can make them up: what each input may cost.

import { expect, it } from 'vitest';
import { applyStatement } from '../../node/core/membership.ts';
import { aliveStatement, FIXED, startEngine } from './support.ts';

it('very many suspects are looked at ten times a second, and die as much later at most', () => {
  const engine = startEngine('self');
  for (let i = 0; i < 1_000; i++) {
    const said = aliveStatement(`m${i}`, { status: 'suspect', accusers: [7], address: '' });
    applyStatement(engine.state, said, 0);
  }
  let now = 0;
  while (engine.state.suspects.size > 0 && now < 2 * FIXED.suspicionMaxMs) {
    expect(engine.nextWakeAt()).toBeLessThanOrEqual(now + 100);
    now = Math.max(now + 1, engine.nextWakeAt());
    engine.handle({ type: 'wake' }, now);
  }
  expect(engine.state.suspects.size).toBe(0);
  expect(now).toBeLessThanOrEqual(FIXED.suspicionMaxMs + 200);
});
