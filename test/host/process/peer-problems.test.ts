// The board of what keeps a node from working with others.

import { describe, expect, it } from 'vitest';
import { createPeerProblems } from '../../../node/host/process/peer-problems.ts';

function board() {
  const time = { now: 0 };
  const logged: string[] = [];
  const peerProblems = createPeerProblems({ monotonicMs: () => time.now }, (_level, text) => {
    logged.push(text);
  });
  return { time, logged, peerProblems };
}

describe('problems with peers', () => {
  it('are logged once and listed while they are reported', () => {
    const { time, logged, peerProblems } = board();
    for (time.now = 0; time.now < 1_000_000; time.now += 100_000) {
      peerProblems.report('clock 10.0.0.7', 'Its clock is off.');
    }
    expect(logged).toEqual(['Its clock is off.']);
    expect(peerProblems.list()).toEqual(['Its clock is off.']);
  });

  it('are over five minutes after the last report, and logged anew when they come back', () => {
    const { time, logged, peerProblems } = board();
    peerProblems.report('a', 'A.');
    time.now = 300_001;
    expect(peerProblems.list()).toEqual([]);
    peerProblems.report('a', 'A.');
    expect(logged).toEqual(['A.', 'A.']);
  });

  it('end when they are cleared', () => {
    const { peerProblems } = board();
    peerProblems.report('a', 'A.');
    peerProblems.report('b', 'B.');
    peerProblems.clear('a');
    expect(peerProblems.list()).toEqual(['B.']);
  });

  it('are logged once each, however many there are in turn', () => {
    const { time, logged, peerProblems } = board();
    for (let round = 0; round < 100; round++) {
      time.now += 100;
      for (let i = 0; i < 21; i++) peerProblems.report(`t${i}`, `T${i}.`);
    }
    expect(logged).toHaveLength(21);
    for (let i = 0; i < 2_000; i++) peerProblems.report(`other ${i}`, 'Other.');
    expect(logged).toHaveLength(512);
  });

  it('are the newest sixteen at most', () => {
    const { peerProblems } = board();
    for (let i = 0; i < 100; i++) peerProblems.report(`t${i}`, `T${i}.`);
    expect(peerProblems.list()).toHaveLength(16);
    expect(peerProblems.list().at(-1)).toBe('T99.');
  });
});
