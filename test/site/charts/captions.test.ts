import { describe, expect, it } from 'vitest';
import { madeRun } from '../fixtures.ts';
import { dataOf, figureOf, measuresOf, runsWith, sentenceOf } from './support.ts';

/** Three runs of `full` and three of `priomon`, in pairs of one seed. */
const RIVALS = runsWith(
  ...['full', 'priomon'].flatMap((strategy) =>
    [1, 2, 3].map((repeat) => ({ strategy, repeat, nodes: 100 })),
  ),
);

describe('error against bytes', () => {
  it('says by what factor each strategy saves, at what error, over how many runs', () => {
    const measures = [
      ...measuresOf('wire_bytes', [47_000, 48_000, 49_000, 470, 480, 490]),
      ...measuresOf('error_deltas', [0.1, 0.1, 0.1, 0.2, 0.2, 0.2], 'cpu'),
      ...measuresOf('error_deltas', [0.1, 0.1, 0.1, 0.4, 0.4, 0.4], 'memory'),
    ];
    // Student's t for 2 degrees of freedom is 4.303: 4.303 × 1,000 / √3 = 2,484.
    expect(sentenceOf('error-bandwidth', RIVALS, { measures })).toBe(
      'At 100 nodes full sends 48,000 B/s (95 % interval 45,516 to 50,484 B/s, 3 runs) for an ' +
        'error of 0.1 deltas; priomon sends 100 × less, 480 B/s (95 % interval 455 to 505 B/s, ' +
        '3 runs), for an error of 0.3 deltas.',
    );
  });

  it('of many tells the costliest, the cheapest and the most accurate alone', () => {
    const budgets = [64, 128, 256, 512, 1024, 2048];
    const runs = runsWith(...budgets.map((budgetBytes) => ({ budgetBytes, nodes: 10 })));
    const measures = [
      ...measuresOf('wire_bytes', [100, 200, 300, 400, 500, 600]),
      ...measuresOf('error_deltas', [0.9, 0.2, 0.3, 0.4, 0.5, 0.6]),
    ];
    const sentence = sentenceOf('error-bandwidth', runs, { measures });
    expect(sentence).toContain('600 B/s (1 run) for an error of 0.6 deltas');
    expect(sentence).toContain('100 B/s (1 run), for an error of 0.9 deltas');
    expect(sentence).toContain('200 B/s (1 run), for an error of 0.2 deltas');
    expect(sentence).toContain('3 more are in the figure and its table.');
    expect(sentence).not.toContain('300 B/s');
  });
});

describe('total bandwidth saved', () => {
  it('compares runs with the same seed, so that what both met cancels out', () => {
    // The second pair met twice the changes; each pair saved nine tenths.
    const measures = measuresOf('wire_bytes', [1000, 2000, 1000, 100, 200, 100]);
    expect(sentenceOf('saved-total', RIVALS, { measures })).toBe(
      'Priomon saves most, 90 % (3 runs) of the bytes of full: 10 × fewer.',
    );
  });

  it('leaves out what has no partner, and an experiment of one strategy', () => {
    const measures = measuresOf('wire_bytes', [1000, 1000, 1000, 100, 100, 100]);
    const figure = figureOf('saved-total');
    const [row] = figure.rows(dataOf(RIVALS.slice(0, 5), { measures }));
    expect(row).toMatchObject({ series: 'priomon', base: 'full', runs: 2, saved: 90 });
    expect(figure.rows(dataOf(RIVALS.slice(0, 3), { measures }))).toEqual([]);
  });
});

describe('bandwidth saved over time', () => {
  it('counts all bytes sent so far', () => {
    const round = { node: 'n1', lengthMs: 1000, known: 1, newNodes: 0, newEntries: 0 };
    const sent = (runId: number, bytes: readonly number[]) =>
      bytes.map((sentBytes, index) => ({
        ...round,
        ...{ runId, round: index + 1, atMs: (index + 1) * 1000, sentBytes },
        ...{ duplicates: 0, messages: 1, receivedBytes: 0 },
      }));
    const runs = runsWith({ strategy: 'full' }, { strategy: 'digest' });
    const rounds = [...sent(1, [100, 100]), ...sent(2, [100, 0])];
    const rows = figureOf('saved-time').rows(dataOf(runs, { rounds }));
    expect(rows.map(({ x, mean }) => [x, mean])).toEqual([
      [1, 0],
      [2, 50],
    ]);
  });
});

describe('convergence by number of nodes', () => {
  const runs = runsWith({ nodes: 10 }, { nodes: 10 }, { nodes: 1000 }, { nodes: 1000 });

  it('says how it grows, and in how many runs it never came about', () => {
    const measures = measuresOf('full_view_rounds', [4, 4, 10, null]);
    expect(sentenceOf('convergence-nodes', runs, { measures })).toBe(
      'With priomon, the time until all know all is 4 rounds (2 runs) at 10 nodes and 10 rounds ' +
        '(1 run) at 1,000 nodes: 2.5 × as much; in 1 of 4 runs not every view became full in time.',
    );
  });

  it('says so when it never came about', () => {
    const measures = measuresOf('full_view_rounds', [null, null, null, null]);
    expect(sentenceOf('convergence-nodes', runs, { measures })).toBe(
      'In 4 of 4 runs not every view became full in time.',
    );
  });

  it('stands beside the theory of push-pull, and beside none for push', () => {
    const measures = measuresOf('full_view_rounds', [9]);
    const theory = (exchange: 'push' | 'push-pull') =>
      figureOf('convergence-nodes').rows(
        dataOf([{ ...madeRun, nodes: 1000, exchange }], { measures }),
      )[0]?.reference;
    expect(theory('push-pull')).toBeCloseTo(9.08, 2);
    expect(theory('push')).toBeNull();
  });
});

describe('nodes that know all, over time', () => {
  it('says when half and nearly all knew, and counts those that never did', () => {
    const nodes = [1000, 2000, 3000, null].map((fullViewAtMs, index) => ({
      ...{ runId: 1, node: `n${index + 1}`, startedAtMs: 0, fullViewAtMs },
      ...{ killedAtMs: null, restartedAtMs: null, rounds: 9, messages: 9, sentBytes: 9 },
      ...{ receivedBytes: 9, cpuMs: null, rssBytes: null, lateMs: 0 },
    }));
    const measures = measuresOf('full_view_ms', [null]);
    expect(sentenceOf('convergence-cdf', [madeRun], { nodes, measures })).toBe(
      'With priomon half of the nodes know all by 2 s, in the end 75 % (1 run).',
    );
  });
});

describe('queries while nodes are down', () => {
  const runs = runsWith(
    { failureRate: 0.3, strategy: 'priomon' },
    { failureRate: 0.3, strategy: 'digest' },
  );

  it('differ by points, and only the phase of failures counts', () => {
    const measures = [
      ...measuresOf('query_success', [1, 1], 'before'),
      ...measuresOf('query_success', [0.95, 0.8], 'failed'),
    ];
    expect(sentenceOf('query-success', runs, { measures })).toBe(
      'With 30 % down the share of answered queries is lowest with digest, 80 % (1 run), and ' +
        'highest with priomon, 95 % (1 run): 15 points apart.',
    );
  });

  it('have no staleness where none was answered', () => {
    const measures = measuresOf('query_staleness_ms', [1500, null], 'failed');
    expect(sentenceOf('query-staleness', runs, { measures })).toBe(
      'With priomon, the true staleness of answers is 1.5 s (1 run) with 30 % down; in 1 of 2 ' +
        'runs no query was answered.',
    );
  });
});

describe('metric priority impact', () => {
  it('compares the most and the least urgent class, and what never reached all', () => {
    const measures = [
      ...measuresOf('update_p95_ms', [200], '10'),
      ...measuresOf('update_p95_ms', [4000], '1'),
      ...measuresOf('update_p95_ms', [null], '5'),
    ];
    expect(sentenceOf('priority-impact', [madeRun], { measures })).toBe(
      'With priomon, 95 % of updates reach all nodes for priority 10 within 200 ms (1 run) and ' +
        'for priority 1 within 4 s (1 run): 20 × the time; 95 % of updates never reached all ' +
        'nodes in 1 run and class.',
    );
  });
});

describe('told and filtered by metric', () => {
  it('says what share was worth telling', () => {
    const window = (metric: string, published: number) => ({
      ...{ runId: 1, atMs: 0, windowMs: 10_000, metric, priority: 1, sampled: 100, published },
      ...{ filtered: 100 - published, copies: 0, learned: 0, duplicates: 0, bytes: 0 },
    });
    const transmissions = [window('cpu', 40), window('storage', 1)];
    expect(sentenceOf('transmissions-metric', [madeRun], { transmissions })).toBe(
      'Worth telling were 1 % of the samples of storage, 0.1 samples/s (1 run), but 40 % of the ' +
        'samples of cpu, 4 samples/s (1 run).',
    );
  });
});

describe('detection of deaths', () => {
  it('takes those that never noticed for what they are, and false deaths for none', () => {
    const node = (index: number) => ({
      ...{ runId: 1, node: `n${index}`, startedAtMs: 0, fullViewAtMs: 1, rounds: 1, messages: 1 },
      ...{ killedAtMs: index === 1 ? 5000 : null, restartedAtMs: null, sentBytes: 1 },
      ...{ receivedBytes: 1, cpuMs: null, rssBytes: null, lateMs: 0 },
    });
    const dead = (observer: string, subject: string, isTrue: boolean, afterMs: number | null) => ({
      ...{ runId: 1, atMs: 9000, observer, subject, status: 'dead', isTrue, afterMs },
    });
    const rows = {
      nodes: [1, 2, 3, 4, 5].map(node),
      membershipEvents: [
        ...[2, 3, 4].map((index) => dead(`n${index}`, 'n1', true, 2000)),
        dead('n2', 'n1', true, 9000),
        dead('n5', 'n3', false, 100),
      ],
    };
    // Of four living nodes three noticed.
    expect(sentenceOf('detection-cdf', [madeRun], rows)).toBe(
      'With priomon half of the living know of a death by 2 s, in the end 75 % (1 run).',
    );
  });
});

describe('convergence by round and peers', () => {
  it('has nothing to say where neither was varied', () => {
    const measures = measuresOf('full_view_ms', [4000, 5000]);
    const rows = (...runs: Parameters<typeof runsWith>) =>
      figureOf('convergence-heat').rows(dataOf(runsWith(...runs), { measures }));
    expect(rows({ nodes: 10 }, { nodes: 20 })).toEqual([]);
    expect(rows({ targetCount: 1 }, { targetCount: 2 })).toMatchObject([
      { roundS: 1, peers: 1, mean: 4 },
      { roundS: 1, peers: 2, mean: 5 },
    ]);
  });
});

describe('lag by priority against bytes', () => {
  it('says what which class pays', () => {
    const measures = [
      ...measuresOf('wire_bytes', [400]),
      ...measuresOf('lag_p95_ms', [300], '10'),
      ...measuresOf('lag_p95_ms', [9000], '1'),
    ];
    expect(sentenceOf('lag-bandwidth', [madeRun], { measures })).toBe(
      'Lag is least for priority 10 with 20 nodes, 300 ms (1 run) at 400 B/s, and most for ' +
        'priority 1 with 20 nodes, 9 s (1 run) at 400 B/s.',
    );
  });
});
