// Figures say no more than was measured: about runs that are not alike, nodes that were not
// watched, and settings that were never varied.

import { describe, expect, it } from 'vitest';
import type { Figure, FigureRow } from '../../../analysis-site/src/charts/figure.ts';
import type { MembershipEventRow, NodeRow, SampleRow } from '../../../node/storage/results/rows.ts';
import { madeRun } from '../fixtures.ts';
import { dataOf, draw, figureOf, measuresOf, runsWith, sentenceOf } from './support.ts';

const node = (runId: number, name: string, facts: Partial<NodeRow> = {}): NodeRow => ({
  ...{ runId, node: name, startedAtMs: 0, fullViewAtMs: 1000, killedAtMs: null },
  ...{ restartedAtMs: null, rounds: 1, messages: 1, sentBytes: 1, receivedBytes: 1 },
  ...{ cpuMs: null, rssBytes: null, lateMs: 0, ...facts },
});

describe('error and lag over time', () => {
  it('take the mean of the same moment, though runs began to measure at different ones', () => {
    const sample = (runId: number, atMs: number, mean: number): SampleRow => ({
      ...{ runId, atMs, windowMs: 1000, kind: 'error_deltas', metric: 'cpu', priority: 1 },
      ...{ count: 1, mean, p50: mean, p95: mean, p99: mean, max: mean },
    });
    const samples = [
      ...[sample(1, 2250, 1), sample(1, 3868, 2)],
      ...[sample(2, 4000, 3), sample(2, 5634, 4)],
    ];
    const rows = figureOf('error-time').rows(dataOf(runsWith({}, { repeat: 2 }), { samples }));
    expect(rows.map(({ x, mean, runs }) => [x, mean, runs])).toEqual([
      [0, 2, 2],
      [1.6, 3, 2],
    ]);
  });
});

describe('nodes that know all, over time', () => {
  const [first, second] = [node(1, 'n1'), node(1, 'n2', { fullViewAtMs: null })];

  it('are those that were watched: of a large fleet not all are', () => {
    const rows = { nodes: [first, second], measures: measuresOf('full_view_ms', [1000]) };
    expect(sentenceOf('convergence-cdf', [madeRun], rows)).toContain('in the end 100 % (1 run)');
  });

  it('are none of a run that knew all from the start', () => {
    const data = dataOf([madeRun], { nodes: [first, second] });
    expect(figureOf('convergence-cdf').rows(data)).toEqual([]);
    expect(figureOf('convergence-cdf').emptySentence(data)).toContain('waited for no full view');
  });
});

describe('what a node did until all knew all', () => {
  it('is the mean of the nodes whose rounds were kept', () => {
    const round = (name: string, messages: number) => ({
      ...{ runId: 1, node: name, round: 1, atMs: 900, lengthMs: 900, known: 9, newNodes: 9 },
      ...{ newEntries: 9, duplicates: 0, messages, sentBytes: 9, receivedBytes: 9 },
    });
    const data = dataOf([{ ...madeRun, nodes: 5000 }], {
      rounds: [round('n1', 4), round('n100', 6)],
      measures: measuresOf('full_view_ms', [1000]),
    });
    expect(figureOf('convergence-messages').rows(data)).toMatchObject([{ mean: 5 }]);
  });
});

describe('detection of deaths', () => {
  const dead = (runId: number, observer: string): MembershipEventRow => ({
    ...{ runId, atMs: 9000, observer, subject: 'n1', status: 'dead', isTrue: true, afterMs: 2000 },
  });
  const nodesOf = (runId: number): NodeRow[] => [
    ...['n1', 'n2'].map((name) => node(runId, name, { killedAtMs: 5000, restartedAtMs: 7000 })),
    ...['n3', 'n4'].map((name) => node(runId, name)),
  ];

  it('is noticed by nodes that lived on, not by those that died too and came back', () => {
    const membershipEvents = [dead(1, 'n2'), dead(1, 'n3')];
    expect(
      sentenceOf('detection-cdf', [madeRun], { nodes: nodesOf(1), membershipEvents }),
    ).toContain('in the end 25 % (1 run)');
  });

  it('counts the runs in which no node noticed', () => {
    const rows = figureOf('detection-cdf').rows(
      dataOf(runsWith({}, { repeat: 2 }), {
        nodes: [...nodesOf(1), ...nodesOf(2)],
        membershipEvents: [dead(1, 'n3'), dead(1, 'n4')],
      }),
    );
    expect(rows.at(-1)).toMatchObject({ mean: 25, runs: 2 });
  });
});

describe('intervals of few runs that differ much', () => {
  const runs = runsWith({}, { repeat: 2 });

  it('do not go below 0, where nothing can be', () => {
    const measures = measuresOf('update_p95_ms', [10, 4000], '1');
    expect(sentenceOf('priority-impact', runs, { measures })).toContain('(95 % interval 0 ms to ');
    const rows = { measures: measuresOf('copies', [0.5, 3]) };
    expect(figureOf('update-copies').rows(dataOf(runs, rows))).toMatchObject([{ low: 0 }]);
  });

  it('of savings do, but end where all is saved', () => {
    const runs = runsWith(
      ...[{ strategy: 'full' }, { strategy: 'full', repeat: 2 }],
      ...[{ strategy: 'priomon' }, { strategy: 'priomon', repeat: 2 }],
    );
    const measures = measuresOf('wire_bytes', [1000, 1000, 10, 900]);
    const [row] = figureOf('saved-total').rows(dataOf(runs, { measures }));
    expect(row).toMatchObject({ high: 100 });
    expect(row?.low).toBeLessThan(0);
  });
});

describe('axes', () => {
  const ticksOf = (figure: Figure, rows: readonly FigureRow[], side = 'y'): string[] => {
    const texts = draw(figure, rows, { width: 400 }).querySelectorAll(
      `[aria-label="${side}-axis tick label"] text`,
    );
    return [...texts].map(({ textContent }) => textContent ?? '');
  };
  const deaths = (...values: number[]): string[] => {
    const figure = figureOf('false-deaths');
    const measures = measuresOf('false_deaths', values);
    const runs = runsWith({ nodes: 10 }, { nodes: 20 });
    return ticksOf(figure, figure.rows(dataOf(runs, { measures })));
  };

  it('of zeros alone go from 0 to 1, in a few letters', () => {
    const ticks = deaths(0, 0);
    expect([ticks.at(0), ticks.at(-1)]).toEqual(['0.0', '1.0']);
  });

  it('have room for the largest values', () => {
    expect(deaths(90, 250_000)).toContain('200k');
    const figure = figureOf('query-staleness');
    const measures = measuresOf('query_staleness_ms', [1420], 'failed');
    const ticks = ticksOf(figure, figure.rows(dataOf([madeRun], { measures })), 'x');
    expect(ticks.at(-1)).toBe('1.6k');
  });

  it('of savings end at −100 %, though little was sent in the first seconds', () => {
    const row = { ...{ series: 'priomon', low: null, high: null, runs: 1 }, x: 1, mean: -700 };
    const ticks = ticksOf(figureOf('saved-time'), [row, { ...row, x: 2, mean: 50 }]);
    expect(ticks.at(0)).toBe('−100');
  });
});

describe('series that are all alike', () => {
  const runs = runsWith({ strategy: 'full' }, { strategy: 'priomon' });

  it('have no lowest and highest', () => {
    const measures = measuresOf('false_deaths', [0, 0]);
    expect(sentenceOf('false-deaths', runs, { measures })).toBe(
      'At 20 nodes the number of living nodes declared dead in a run is the same with every ' +
        'series, 0 (1 run).',
    );
  });

  it('have none either, where the digits that are shown are alike', () => {
    const measures = measuresOf('false_deaths', [2.0101, 2.0102]);
    expect(sentenceOf('false-deaths', runs, { measures })).toBe(
      'At 20 nodes the number of living nodes declared dead in a run is about the same with ' +
        'every series, 2.01.',
    );
  });

  it('have no least and most lag', () => {
    const measures = [
      ...measuresOf('wire_bytes', [400, 500]),
      ...measuresOf('lag_p95_ms', [0, 0], '1'),
    ];
    expect(sentenceOf('lag-bandwidth', runs, { measures })).toBe('Lag is always 0 ms.');
  });

  it('have no peak', () => {
    const row = { ...{ series: 'cpu', mean: 0, low: null, high: null, runs: 1 }, x: 0 };
    expect(figureOf('error-time').caption([row, { ...row, x: 5 }])).toBe(
      'The mean error is always 0 deltas (1 run).',
    );
  });
});

describe('an experiment that lost no messages', () => {
  const measures = measuresOf('full_view_rounds', [4, 5]);

  it('has no convergence under loss', () => {
    const figure = figureOf('convergence-loss');
    const data = dataOf(runsWith({ nodes: 10 }, { nodes: 20 }), { measures });
    expect(figure.rows(data)).toEqual([]);
    expect(figure.emptySentence(data)).toContain('no full view while messages were lost');
    const lossy = dataOf(runsWith({ loss: 0 }, { loss: 0.1 }), { measures });
    expect(figure.rows(lossy)).toMatchObject([{ x: 0 }, { x: 10 }]);
  });
});

describe('metric priority impact', () => {
  it('speaks of the set of metrics that tells priorities apart', () => {
    const runs = runsWith({ metricSet: 'flat' }, { metricSet: 'standard' });
    const measures = [
      ...measuresOf('update_p95_ms', [8000, 9000], '5'),
      { ...measuresOf('update_p95_ms', [300])[0], label: '10', runId: 2 },
    ] as ReturnType<typeof measuresOf>;
    expect(sentenceOf('priority-impact', runs, { measures })).toMatch(
      /^With standard, .* priority 10 within 300 ms .* priority 5 within 9 s .*: 30 × the time\.$/,
    );
  });
});

describe('points that differ in the budget alone', () => {
  it('are told apart in words', () => {
    const runs = runsWith({ budgetBytes: 128 }, { budgetBytes: 4096 });
    const measures = [
      ...measuresOf('wire_bytes', [400, 500]),
      ...measuresOf('error_deltas', [2, 1], 'cpu'),
      ...measuresOf('lag_p95_ms', [900, 100], '1'),
    ];
    expect(sentenceOf('error-bandwidth', runs, { measures })).toMatch(
      /^At 20 nodes priomon \(budget 4,096 B\) sends 500 .*; priomon \(budget 128 B\) sends 1\.25/,
    );
    expect(sentenceOf('lag-bandwidth', runs, { measures })).toMatch(
      /least for priority 1 \(budget 4,096 B\) .* most for priority 1 \(budget 128 B\)/,
    );
  });
});

describe('intervals', () => {
  it('of shares end where shares end', () => {
    const runs = runsWith({ failureRate: 0.3 }, { failureRate: 0.3, repeat: 2 });
    const measures = measuresOf('query_success', [1, 0.9], 'failed');
    const [row] = figureOf('query-success').rows(dataOf(runs, { measures }));
    expect(row).toMatchObject({ mean: 95, high: 100 });
  });

  it('stand inside the frame, and whole', () => {
    const runs = runsWith({}, { repeat: 2 });
    const measures = [
      ...measuresOf('wire_bytes', [200, 220]),
      ...measuresOf('error_deltas', [1, 1.1], 'cpu'),
    ];
    const figure = figureOf('error-bandwidth');
    const rows = figure.rows(dataOf(runs, { measures }));
    const places = (axis: 'x' | 'y') =>
      [...draw(figure, rows).querySelectorAll('[aria-label="rule"] line')].flatMap((line) =>
        [1, 2].map((end) => Number(line.getAttribute(`${axis}${end}`))),
      );
    // The margins of the frame, 640 px wide and 320 high.
    expect(Math.min(...places('x'))).toBeGreaterThanOrEqual(52);
    expect(Math.max(...places('x'))).toBeLessThanOrEqual(624);
    const dot = draw(figure, rows).querySelector('[aria-label="dot"] circle');
    const [top, bottom] = [Math.min(...places('y')), Math.max(...places('y'))];
    expect((top + bottom) / 2).toBeCloseTo(Number(dot?.getAttribute('cy')), 1);
  });

  it('of a line stand inside the frame of a logarithmic scale too', () => {
    const figure = figureOf('error-time');
    const look = { series: 'cpu', mean: 1, low: -50, high: 500, runs: 2 };
    const rows = [0, 5].map((x) => ({ ...look, x }));
    const area = draw(figure, rows, { width: 640, scale: 'log' }).querySelector(
      '[aria-label="area"] path',
    );
    const heights = [...(area?.getAttribute('d') ?? '').matchAll(/,([\d.-]+)/g)].map(([, y]) =>
      Number(y),
    );
    expect(heights.length).toBeGreaterThan(2);
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(30);
  });
});
