// The table of a local cluster, character by character.

import { describe, expect, it } from 'vitest';
import { amountText, type FleetRow, fleetTable } from '../../../node/cli/nodes/fleet-table.ts';
import { createPaint } from '../../../node/cli/terminal/paint.ts';
import type { FamilyAnswer } from '../../../node/http/answers/family.ts';
import type { HeldMetricAnswer, NodeAnswer } from '../../../node/http/answers/shapes.ts';

const PLAIN = createPaint({}, {});
const WIDE = { lines: 24, columns: 80 };

const metric = (value: number): HeldMetricAnswer => ({
  value,
  ...{ version: 1, since: '2026-01-01T00:00:00.000Z', ageMs: 0 },
});
const family = (unit: string): FamilyAnswer => ({
  ...{ unit, kind: 'gauge', description: '', priority: 1, delta: 1 },
});
const families = {
  ...{ cpu: family('%'), memory: family('%'), network: family('B/s'), storage: family('%') },
};

function row(id: string, changes: Partial<NodeAnswer> = {}): FleetRow {
  const state: NodeAnswer = {
    status: 'alive',
    statusSince: '2026-01-01T00:00:00.000Z',
    generation: 1,
    address: `http://${id}`,
    labels: {},
    ageMs: 0,
    metrics: {
      cpu: metric(12.3),
      memory: metric(40),
      network: metric(1_234_567),
      storage: metric(71.04),
    },
    ...changes,
  };
  return { id, state, families, round: 123, bytesPerSecond: 345 };
}

const rows = (count: number): FleetRow[] =>
  Array.from({ length: count }, (_, i) => row(`n${i + 1}`));

describe('the table of a fleet', () => {
  it('has a line for each node: status, four metrics, round and bytes per second', () => {
    const lines = [row('n1'), row('n2', { status: 'suspect' }), row('n10', { status: 'left' })];
    expect(fleetTable(lines, WIDE, PLAIN)).toBe(
      [
        'node    status       cpu   memory     network   storage    round     B/s',
        'n1      alive     12.3 %   40.0 %    1.2 MB/s    71.0 %      123     345',
        'n2      suspect   12.3 %   40.0 %    1.2 MB/s    71.0 %      123     345',
        'n10     left      12.3 %   40.0 %    1.2 MB/s    71.0 %      123     345',
      ].join('\n'),
    );
  });

  it('names outbound-only nodes below it, within its room', () => {
    const hidden = { address: '', callsOutOnly: true } as const;
    const all = rows(30).map((each, i) => (i % 2 === 0 ? row(each.id, hidden) : each));
    const lines = fleetTable(all, { lines: 10, columns: 50 }, PLAIN).split('\n');
    expect(lines).toHaveLength(10);
    expect(lines.at(-2)).toBe('… and 23 more');
    expect(lines.at(-1)).toBe('only calling out: n1, n3, n5, n7, n9, n11, n13, n1');
    const one = fleetTable([row('n1'), row('n2', hidden)], WIDE, PLAIN).split('\n');
    expect(one.at(-1)).toBe('only calling out: n2');
  });

  it('shows dashes for what is not known', () => {
    const lines = [
      { id: 'n1', state: undefined, families, round: undefined, bytesPerSecond: undefined },
      row('n2', { metrics: { cpu: metric(5) } }),
    ];
    expect(fleetTable(lines, WIDE, PLAIN)).toBe(
      [
        'node    status       cpu   memory     network   storage    round     B/s',
        'n1      unknown        –        –           –         –        –       –',
        'n2      alive      5.0 %        –           –         –      123     345',
      ].join('\n'),
    );
  });

  it('widens the first column for a long id', () => {
    const table = fleetTable([row('web-server-eu-1'), row('n2')], { lines: 9, columns: 99 }, PLAIN);
    expect(table.split('\n').map((line) => line.slice(0, 24))).toEqual([
      'node             status ',
      'web-server-eu-1  alive  ',
      'n2               alive  ',
    ]);
  });

  it.each([
    [80, 'node    status       cpu   memory     network   storage    round     B/s'],
    [72, 'node    status       cpu   memory     network   storage    round     B/s'],
    [71, 'node    status       cpu   memory     network   storage    round'],
    [40, 'node    status       cpu   memory'],
    [20, 'node    status'],
    [3, 'node'],
  ])('leaves out columns that do not fit into %d characters', (columns, heading) => {
    const lines = fleetTable(rows(2), { lines: 24, columns }, PLAIN).split('\n');
    expect(lines[0]).toBe(heading);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(Math.max(6, columns));
  });

  it.each([
    [30, 21, undefined],
    [21, 21, undefined],
    [20, 20, '… and 2 more'],
    [3, 3, '… and 19 more'],
    [1, 2, '… and 20 more'],
  ])('of 20 nodes in %d lines takes %d, and counts the rest', (lines, taken, last) => {
    const table = fleetTable(rows(20), { lines, columns: 80 }, PLAIN).split('\n');
    expect(table).toHaveLength(taken);
    if (last !== undefined) expect(table.at(-1)).toBe(last);
    else expect(table.at(-1)).toMatch(/^n20 /);
  });

  it('colours the status alone, and nothing where there are no colours', () => {
    const colours = createPaint({ isTTY: true }, {});
    const [heading, line] = fleetTable([row('n1')], WIDE, colours).split('\n');
    expect(heading).toBe(
      '\x1b[1mnode    status       cpu   memory     network   storage    round     B/s\x1b[22m',
    );
    expect(line).toBe(
      'n1      \x1b[32malive  \x1b[39m   12.3 %   40.0 %    1.2 MB/s    71.0 %      123     345',
    );
    const none = createPaint({ isTTY: true }, { NO_COLOR: '1' });
    expect(fleetTable([row('n1')], WIDE, none)).not.toContain('\x1b');
  });
});

it.each([
  [0, 'B/s', '0 B/s'],
  [999.4, 'B/s', '999 B/s'],
  [999.6, 'B/s', '1.0 kB/s'],
  [1_000, 'B/s', '1.0 kB/s'],
  [999_499, 'B/s', '999.5 kB/s'],
  [999_500, 'B/s', '1.0 MB/s'],
  [12_345_678_901, 'B/s', '12.3 GB/s'],
  [5e18, 'B/s', '5000.0 PB/s'],
  [123_456_789_012, 'B', '123.5 GB'],
  [-5_000, 'B', '-5.0 kB'],
  [17, 'jobs', '17 jobs'],
  [0.5, '', '0.5'],
])('%d %s are shown as %s', (value, unit, text) => {
  expect(amountText(value, unit)).toBe(text);
});
