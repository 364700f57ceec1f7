// What a running experiment writes, byte by byte: a bar, plain lines, or JSON.

import { describe, expect, it } from 'vitest';
import { createExperimentReport } from '../../../node/cli/experiment/report.ts';
import type { Screen } from '../../../node/cli/nodes/report.ts';
import { createPaint } from '../../../node/cli/terminal/paint.ts';
import type { ExperimentEvent } from '../../../node/experiment/orchestrator.ts';
import { specOf } from '../../experiment/runs/support.ts';

const SPEC = specOf({ nodes: '10', 'failure.rate': '0.5', exchange: 'push' });
const NO_COLORS = createPaint({}, {});

const EXPERIMENT: ExperimentEvent = { type: 'experiment', id: 3, name: 'x', runs: 4, done: 1 };
const progress = (
  change: Partial<Extract<ExperimentEvent, { type: 'progress' }>> = {},
): ExperimentEvent => ({
  ...{ type: 'progress', spec: SPEC, phase: 'measuring', doneMs: 30_000, phaseMs: 60_000 },
  ...{ converged: 10, leftMs: 89_400 },
  ...change,
});
const ended = (
  change: Partial<Extract<ExperimentEvent, { type: 'run-ended' }>> = {},
): ExperimentEvent => ({
  ...{ type: 'run-ended', spec: SPEC, state: 'done', remark: '' },
  measures: [
    { name: 'full_view_ms', label: '', value: 4_210, unit: 'ms', count: 1 },
    { name: 'wire_bytes', label: '', value: 1_234.5, unit: 'B/s', count: 10 },
  ],
  ...change,
});

function set(screen: Partial<Screen>, isJson = false) {
  const written: string[] = [];
  const clock = { now: 0 };
  const out: Screen = { ...screen, write: (text) => written.push(text) };
  const report = createExperimentReport(isJson, out, NO_COLORS, () => clock.now);
  return { report, written, clock };
}

const TERMINAL = { isTTY: true, columns: 200 };
const NAME = '10 nodes, priomon push, 50 % fail, #1';

describe('in a terminal', () => {
  it('draws a bar with the run, its phase, how many nodes know all, and the time left', () => {
    const { report, written } = set(TERMINAL);
    report.event(EXPERIMENT);
    report.event(progress());
    expect(written).toEqual([
      '\r\x1b[Kexperiment 3: x, 4 runs, 1 of them done before\n',
      `\r\x1b[K████████░░░░░░░░░░░░ run 2 of 4 · ${NAME} · measuring 30 of 60 s · ` +
        '10 of 10 know all · 89 s left',
    ]);
  });

  it('draws ten times a second at most, and never wider than the terminal', () => {
    const { report, written, clock } = set({ isTTY: true, columns: 30 });
    for (let i = 0; i < 100; i++) {
      report.event(progress());
      clock.now += 10;
    }
    expect(written).toHaveLength(10);
    for (const text of written) expect(text.replace('\r\x1b[K', '')).toHaveLength(29);
  });

  it('never fills the bar beyond its end', () => {
    const { report, written } = set(TERMINAL);
    report.event({ ...EXPERIMENT, runs: 1, done: 0 });
    report.event(progress({ doneMs: 70_000 }));
    expect(written.at(-1)).toContain(`${'█'.repeat(20)} run 1 of 1`);
  });
});

describe('elsewhere', () => {
  it('is a line for each run, and none for progress', () => {
    const { report, written } = set({});
    report.event(EXPERIMENT);
    report.event({ type: 'run', spec: SPEC });
    report.event(progress());
    report.event(ended());
    report.event(ended({ remark: 'Too slow a machine.' }));
    report.event(ended({ state: 'failed', remark: 'Port 1 is\x1b[31m taken.', measures: [] }));
    report.event({ type: 'ended', id: 3, state: 'done', done: 3, failed: 1 });
    report.note('a note');
    expect(written.join('')).toBe(
      [
        'experiment 3: x, 4 runs, 1 of them done before',
        `run 2 of 4: ${NAME}: all known in 4.2 s, 1,235 B/s a node.`,
        `run 3 of 4: ${NAME}: all known in 4.2 s, 1,235 B/s a node. Too slow a machine.`,
        `run 4 of 4: ${NAME}: failed. Port 1 is\\u001b[31m taken.`,
        'a note',
        '',
      ].join('\n'),
    );
  });

  it('says so when nodes never knew all', () => {
    const { report, written } = set({});
    const never = { name: 'full_view_ms', label: '', value: null, unit: 'ms', count: 0 };
    report.event(ended({ measures: [never] }));
    expect(written.join('')).toContain(': no full view.\n');
  });
});

describe('for programs', () => {
  it('is one JSON document a line, with the point of each run and not its whole plan', () => {
    const { report, written } = set(TERMINAL, true);
    const events = [EXPERIMENT, { type: 'run', spec: SPEC } as const, progress(), ended()];
    for (const event of events) report.event(event);
    report.note('a note');
    const lines = written.map((line) => JSON.parse(line));
    expect(written.every((line) => line.endsWith('\n'))).toBe(true);
    const types = ['experiment', 'run', 'progress', 'run-ended', 'note'];
    expect(lines.map(({ type }) => type)).toEqual(types);
    const run = { number: 0, repeat: 1, nodes: 10, strategy: 'priomon', failureRate: 0.5 };
    expect(lines[1]).toMatchObject({ run });
    expect(lines[1]).not.toHaveProperty('spec');
    expect(lines[2]).toMatchObject({ phase: 'measuring', leftMs: 89_400, run });
  });

  it('tells progress twice a second at most', () => {
    const { report, written, clock } = set({}, true);
    for (let i = 0; i < 100; i++) {
      report.event(progress());
      clock.now += 20;
    }
    expect(written).toHaveLength(4);
  });
});
