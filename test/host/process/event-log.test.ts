// What the log says of members, as a person would.

import { expect, it } from 'vitest';
import type { MemberChange } from '../../../node/core/effects.ts';
import { createEventLog } from '../../../node/host/process/event-log.ts';
import { createPeerProblems } from '../../../node/host/process/peer-problems.ts';

it.each<[MemberChange, string]>([
  ['alive', 'info: n2 is alive'],
  ['suspect', 'info: n2 is suspected'],
  ['dead', 'warn: n2 is dead'],
  ['left', 'info: n2 has left'],
  ['forgotten', 'info: n2 is forgotten'],
  ['replaced', 'info: n2 has started anew'],
])('a member that changes to %s makes an English sentence', (change, line) => {
  const lines: string[] = [];
  const tell = createEventLog('n1', {
    clock: { monotonicMs: () => 0, wallMs: () => 0 },
    log: (level, sentence) => lines.push(`${level}: ${sentence}`),
    peerProblems: { report: () => {}, clear: () => {}, list: () => [] },
  });
  tell({ type: 'member', change, id: 'n2', generation: 1, address: 'http://b' });
  expect(lines).toEqual([line]);
});

it('a claim to its id that a node outbids has no line in the log: peers can make thousands', () => {
  const lines: string[] = [];
  const told: string[] = [];
  const tell = createEventLog('n1', {
    clock: { monotonicMs: () => 0, wallMs: () => 0 },
    log: (_, line) => lines.push(line),
    peerProblems: { report: (subject) => told.push(subject), clear: () => {}, list: () => [] },
  });
  const of = (id: string, change: 'alive' | 'left') =>
    tell({ type: 'member', id, generation: 1, address: '', change });
  for (let i = 0; i < 1_000; i++) {
    tell({ type: 'regenerated', generation: i });
    of('n1', 'alive');
  }
  of('n2', 'alive');
  of('n1', 'left');
  expect(lines.slice(-2)).toEqual(['n2 is alive', 'n1 has left']);
  expect(lines.length).toBeLessThan(10);
  expect(told.length).toBeGreaterThan(990);
});

it('a later run that is another node of the same id puts no clock in doubt', () => {
  const lines: string[] = [];
  let now = 0;
  const clock = { monotonicMs: () => now, wallMs: () => now };
  const log = (_: string, line: string): void => void lines.push(line);
  const tell = createEventLog('n1', { clock, log, peerProblems: createPeerProblems(clock, log) });
  tell({ type: 'id_shared', address: 'http://b' });
  tell({ type: 'regenerated', generation: 2 });
  expect(lines).toEqual([expect.stringMatching(/^two nodes have the id n1, /)]);
  now = 60_000;
  tell({ type: 'regenerated', generation: 3 });
  expect(lines.at(-1)).toMatch(/ know another run of it: .* is its clock right\?$/);
});

it('a node that peers forgot while it stood still is told so, for its clock may be right', () => {
  const lines: string[] = [];
  const clock = { monotonicMs: () => 0, wallMs: () => 0 };
  const log = (_: string, line: string): void => void lines.push(line);
  const tell = createEventLog('n1', { clock, log, peerProblems: createPeerProblems(clock, log) });
  tell({ type: 'late', lateMs: 9_000 });
  tell({ type: 'regenerated', generation: 2 });
  expect(lines.at(-1)).toMatch(/^peers had forgotten this node, or .*: it goes on as a new run/);
});

it('of a flood of changes the log has the first, then that there are more, then later ones', () => {
  const lines: string[] = [];
  let now = 0;
  const tell = createEventLog('n1', {
    clock: { monotonicMs: () => now, wallMs: () => now },
    log: (_, line) => lines.push(line),
    peerProblems: { report: () => {}, clear: () => {}, list: () => [] },
  });
  const change = (number: number, of: MemberChange): void =>
    tell({ type: 'member', id: `m${number}`, generation: 1, address: '', change: of });
  for (let i = 0; i < 1_000; i++) change(i, 'alive');
  for (let i = 0; i < 30; i++) change(i, 'dead');
  expect(lines).toHaveLength(51);
  expect(lines.at(-1)).toMatch(/^many members change at once; /);
  now = 1_000;
  change(1, 'left');
  expect(lines.at(-1)).toBe('m1 has left');
});

it('the log and /readyz say each time for how long and until when the node stood still', () => {
  const lines: string[] = [];
  let now = 0;
  const clock = { monotonicMs: () => now, wallMs: () => Date.UTC(2026, 0, 1) + now };
  const log = (level: string, line: string): void => void lines.push(`${level}: ${line}`);
  const peerProblems = createPeerProblems(clock, log);
  const tell = createEventLog('n1', { clock, log, peerProblems });
  for (const lateMs of [400, 29_960, 3_000]) {
    now += lateMs;
    tell({ type: 'late', lateMs });
  }
  expect(lines).toEqual([
    'debug: the event loop was 400 ms late',
    expect.stringMatching(/^warn: this node stood still for 30 s, until 2026-01-01T00:00:30Z: /),
    expect.stringMatching(/^warn: this node stood still for 3 s, until 2026-01-01T00:00:33Z: /),
  ]);
  expect(peerProblems.list()).toEqual([expect.stringContaining('taken it for dead')]);
  now += 300_001;
  expect(peerProblems.list()).toEqual([]);
});

it("the log says once by how much the node's clock is off its peers', and when they agree", () => {
  const lines: string[] = [];
  let now = 0;
  const clock = { monotonicMs: () => now, wallMs: () => now };
  const log = (_: string, line: string): void => void lines.push(line);
  const peerProblems = createPeerProblems(clock, log);
  const tell = createEventLog('n1', { clock, log, peerProblems });
  for (; now < 600_000; now += 30_000) tell({ type: 'clock_off', skewMs: -10_800_040 - now / 1e3 });
  expect(lines).toEqual([expect.stringMatching(/^this node's clock is 3 h ahead of the median /)]);
  expect(peerProblems.list()).toEqual([expect.stringContaining('by NTP')]);
  tell({ type: 'clock_off', skewMs: undefined });
  expect(peerProblems.list()).toEqual([]);
  tell({ type: 'clock_off', skewMs: 1_500_000 });
  expect(lines.at(-1)).toMatch(/^this node's clock is 25 min behind the median of its peers'/);
});

it('a peer that publishes a fact for another is named, with what to look at', () => {
  const told: string[][] = [];
  const tell = createEventLog('n1', {
    clock: { monotonicMs: () => 0, wallMs: () => 0 },
    log: () => {},
    peerProblems: { report: (...problem) => told.push(problem), clear: () => {}, list: () => [] },
  });
  tell({ type: 'fact_forged', id: 'n2', key: 'silence' });
  expect(told).toEqual([
    [
      'fact_forged n2',
      'n2 publishes the fact silence for another node, which never published it; this node does ' +
        'not show it: see what runs on n2, and change the secret if it is none of yours.',
    ],
  ]);
});
