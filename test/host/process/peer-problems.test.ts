// The board of what keeps a node from working with others.

import { describe, expect, it } from 'vitest';
import { createTroubles } from '../../../node/host/process/peer-problems.ts';

function board() {
  const time = { now: 0 };
  const logged: string[] = [];
  const troubles = createTroubles({ monotonicMs: () => time.now }, (_level, text) => {
    logged.push(text);
  });
  return { time, logged, troubles };
}

describe('troubles', () => {
  it('are logged once and listed while they are reported', () => {
    const { time, logged, troubles } = board();
    for (time.now = 0; time.now < 1_000_000; time.now += 100_000) {
      troubles.report('clock 10.0.0.7', 'Its clock is off.');
    }
    expect(logged).toEqual(['Its clock is off.']);
    expect(troubles.list()).toEqual(['Its clock is off.']);
  });

  it('are over five minutes after the last report, and logged anew when they come back', () => {
    const { time, logged, troubles } = board();
    troubles.report('a', 'A.');
    time.now = 300_001;
    expect(troubles.list()).toEqual([]);
    troubles.report('a', 'A.');
    expect(logged).toEqual(['A.', 'A.']);
  });

  it('are over when they are cleared', () => {
    const { troubles } = board();
    troubles.report('a', 'A.');
    troubles.report('b', 'B.');
    troubles.clear('a');
    expect(troubles.list()).toEqual(['B.']);
  });

  it('are logged once each, however many there are in turn', () => {
    const { time, logged, troubles } = board();
    for (let round = 0; round < 100; round++) {
      time.now += 100;
      for (let i = 0; i < 21; i++) troubles.report(`t${i}`, `T${i}.`);
    }
    expect(logged).toHaveLength(21);
    for (let i = 0; i < 2_000; i++) troubles.report(`other ${i}`, 'Other.');
    expect(logged).toHaveLength(512);
  });

  it('number sixteen at most, the newest', () => {
    const { troubles } = board();
    for (let i = 0; i < 100; i++) troubles.report(`t${i}`, `T${i}.`);
    expect(troubles.list()).toHaveLength(16);
    expect(troubles.list().at(-1)).toBe('T99.');
  });
});
