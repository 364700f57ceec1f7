// What `npm run nodes` writes, byte by byte: plain lines, JSON, and a table that redraws itself.

import { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createReport, type Screen } from '../../../node/cli/nodes/report.ts';
import type { NodesOptions } from '../../../node/cli/options.ts';
import type { RunningNode } from '../../../node/experiment/processes.ts';
import { type Listener, listen } from '../../../node/host/network/listen.ts';

beforeEach(() => void vi.stubEnv('NO_COLOR', '1'));

const listeners: Listener[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const listener of listeners.splice(0)) await listener.close();
});

function setUp(screen: Partial<Screen> = {}, options: Partial<NodesOptions> = {}) {
  const written: string[] = [];
  const out: Screen = { ...screen, write: (text) => written.push(text) };
  const report = createReport(
    { count: 2, isInProcess: false, isJson: false, flags: {}, ...options },
    out,
  );
  return { report, written };
}

const TERMINAL = { isTTY: true, rows: 10, columns: 80 };
const URL = 'http://127.0.0.1:4001';
const NODES = ['n1', 'n2'].map((id, i) => ({
  id,
  url: `http://127.0.0.1:${4001 + i}`,
  pid: undefined,
  stop: async () => {},
}));

/** Tells the story of a whole run but for the watching. */
function tell({ report }: ReturnType<typeof setUp>): void {
  report.started(1);
  report.started(2);
  report.knowing(1);
  report.knowing(2);
  report.ready(1.2341, NODES);
  report.note('n2 is a note');
  report.ended('n2', 'SIGKILL');
  report.stopped(2, 0.1);
}

describe('the report of a run', () => {
  it('is a few plain lines where there is no terminal', () => {
    const run = setUp();
    tell(run);
    expect(run.written.join('')).toBe(
      [
        'started: 2 nodes answer',
        `ready: 2 nodes in 1.2 s — open ${URL} (Ctrl-C stops)`,
        'n2 is a note',
        'n2 ended: SIGKILL',
        'stopped: 2 nodes in 0.1 s',
        '',
      ].join('\n'),
    );
  });

  it('shows progress on one line of a terminal', () => {
    const run = setUp(TERMINAL);
    tell(run);
    expect(run.written.slice(0, 5)).toEqual([
      '\r\x1b[Kstarting: 1 of 2 nodes answer',
      '\r\x1b[Kstarting: 2 of 2 nodes answer',
      '\r\x1b[Kgossiping: 1 of 2 nodes know all',
      '\r\x1b[Kgossiping: 2 of 2 nodes know all',
      `\r\x1b[Kready: 2 nodes in 1.2 s — open ${URL} (Ctrl-C stops)\n`,
    ]);
  });

  it('is an object a line for programs, in a terminal as well', () => {
    const run = setUp(TERMINAL, { isJson: true });
    tell(run);
    expect(run.written.map((line) => JSON.parse(line))).toEqual([
      { type: 'started', started: 1, nodes: 2 },
      { type: 'started', started: 2, nodes: 2 },
      { type: 'knowing', knowing: 1, nodes: 2 },
      { type: 'knowing', knowing: 2, nodes: 2 },
      { type: 'ready', nodes: 2, seconds: 1.234, url: URL },
      { type: 'note', line: 'n2 is a note' },
      { type: 'ended', node: 'n2', reason: 'SIGKILL' },
      { type: 'stopped', nodes: 2, seconds: 0.1 },
    ]);
    for (const line of run.written) expect(line).toMatch(/^[^\n]*\n$/);
  });

  it('tells programs how many nodes said a line', () => {
    const run = setUp({}, { isJson: true });
    run.report.note('n7 is dead (seen by 19 nodes)', 19);
    expect(JSON.parse(run.written.join(''))).toEqual({
      ...{ type: 'note', line: 'n7 is dead (seen by 19 nodes)', nodes: 19 },
    });
  });

  it('counts a single node in the singular', () => {
    const run = setUp({}, { count: 1 });
    run.report.ready(1, NODES);
    run.report.stopped(1, 1);
    expect(run.written.join('')).toMatch(/^ready: 1 node in .*\nstopped: 1 node in /);
  });
});

/** A stand-in for a node that answers what the report asks. */
async function startStandIn(id: string): Promise<RunningNode> {
  const metrics = { cpu: { value: 5 } };
  const families = { cpu: { unit: '%' } };
  const app = new Hono()
    .get('/readyz', (c) => c.json({ gossip: { round: 7, bytesPerSecond: 300 } }))
    .get('/state', (c) => c.json({ families, nodes: { [id]: { status: 'alive', metrics } } }));
  const listener = await listen(app, { host: '127.0.0.1', port: 0 });
  listeners.push(listener);
  return { id, url: listener.address, pid: undefined, stop: async () => {} };
}

const TABLE = [
  'node    status       cpu   memory     network   storage    round     B/s',
  'n1      alive      5.0 %        –           –         –        7     300',
].join('\n');

/** Watches until this much was written. */
async function watch(
  run: ReturnType<typeof setUp>,
  isEnough: (text: string) => boolean,
  ids = ['n1'],
) {
  const end = new AbortController();
  const standIn = await startStandIn('n1');
  const nodes = ids.map((id) => ({ ...standIn, id }));
  const watching = run.report.watch(nodes, end.signal);
  await vi.waitFor(() => expect(isEnough(run.written.join(''))).toBe(true), 5_000);
  return async () => {
    end.abort();
    await watching;
  };
}

/** The lines that a terminal shows of it, for the few sequences that are used. */
function screenOf(text: string): string[] {
  const lines = [''];
  let at = 0;
  const pieces = text.replaceAll('\x1b', '␛').matchAll(/␛\[(\d*)([AJK])|\r|\n|[^␛\r\n]+/g);
  for (const [piece, up, sequence] of pieces) {
    if (piece === '\n') lines[++at] ??= '';
    else if (sequence === 'A') at -= Number(up);
    else if (sequence === 'J') lines.splice(at, lines.length, '');
    else if (sequence === 'K') lines[at] = '';
    else if (piece !== '\r') lines[at] += piece;
  }
  return lines;
}

describe('watching a cluster', () => {
  it('draws a table, and each next one over the one before', async () => {
    const run = setUp(TERMINAL);
    const stop = await watch(run, (text) => text.split('node ').length > 2);
    await stop();
    const redrawn = `${TABLE}\n\x1b[2A\r\x1b[J${TABLE}\n`;
    expect(run.written.join('')).toContain(redrawn);
  });

  it('leaves a line of the terminal to the cursor, or each drawing would scroll', async () => {
    const run = setUp({ ...TERMINAL, rows: 3, columns: 15 });
    const stop = await watch(run, (text) => text.includes('more'), ['n1', 'n2', 'n3']);
    await stop();
    expect(run.written.join('')).toContain('node    status\n… and 3 more\n');
  });

  it('puts what happens above the table', async () => {
    const run = setUp(TERMINAL);
    const stop = await watch(run, (text) => text.includes(TABLE));
    run.report.ended('n2', 'SIGKILL');
    await stop();
    expect(run.written.join('')).toContain(`${TABLE}\n\x1b[2A\r\x1b[J\r\x1b[Kn2 ended: SIGKILL\n`);
  });

  it('leaves no part of the table behind when Ctrl-C ends it', async () => {
    const run = setUp(TERMINAL);
    run.report.ready(1.2, NODES);
    const stop = await watch(run, (text) => text.split('node ').length > 2);
    // What the terminal itself writes.
    run.written.push('^C');
    await stop();
    run.report.note('n2 is a note');
    run.report.stopped(2, 0.1);
    expect(screenOf(run.written.join(''))).toEqual([
      `ready: 2 nodes in 1.2 s — open ${URL} (Ctrl-C stops)`,
      'n2 is a note',
      'stopped: 2 nodes in 0.1 s',
      '',
    ]);
  });

  it('says in a line elsewhere how many are in which state', async () => {
    const run = setUp();
    const stop = await watch(run, (text) => text.includes('\n'));
    await stop();
    expect(run.written.join('')).toBe('1 alive; 300 B/s of gossip a node\n');
  });

  it('writes a state a line for programs', async () => {
    const run = setUp({}, { isJson: true });
    const stop = await watch(run, (text) => text.includes('\n'));
    await stop();
    expect(JSON.parse(run.written[0] ?? '')).toEqual({
      type: 'state',
      nodes: [{ node: 'n1', status: 'alive', metrics: { cpu: 5 }, round: 7, bytesPerSecond: 300 }],
    });
  });
});
