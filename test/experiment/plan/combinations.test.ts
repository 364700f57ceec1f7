// Settings that are sound each for itself and impossible together: one sentence with field, value,
// line and fix.

import { describe, expect, it } from 'vitest';
import { planOf, refusalsOf } from './support.ts';

const CASES: readonly (readonly [text: string, ...sentences: string[]])[] = [
  [
    'nodes: 3\ntarget_count: [1, 3]',
    'target_count is 3 (a.yaml line 2), but must be below the number of nodes, for no node calls ' +
      'itself, and nodes is 3 (a.yaml line 1); lower it or start more nodes.',
  ],
  [
    'failure: { rate: 1.0 }',
    'failure.rate is 1 (a.yaml line 1), but must leave 2 nodes alive, and kills 20 of 20; lower ' +
      'it or start more nodes.',
  ],
  [
    'nodes: [10, 100]\nfailure:\n  rate: [0, 0.9]',
    'failure.rate is 0.9 (a.yaml line 3), but must leave 2 nodes alive, and kills 9 of 10; lower ' +
      'it or start more nodes.',
  ],
  [
    'nodes: [10, 20]\nfailure:\n  rate: [0, 80%]\nqueries:\n  quorum: 3',
    'queries.quorum is 3 (a.yaml line 5), but must be at most 2, the nodes left alive of 10, for ' +
      'failure.rate is 0.8 (a.yaml line 3); lower it, kill fewer or start more nodes.',
  ],
  [
    'nodes: 2\nqueries: { count: 5 }',
    'queries.quorum is 3 (default), but must be at most 2, the number of nodes, and nodes is 2 ' +
      '(a.yaml line 1); lower it or start more nodes.',
  ],
  [
    'partition: { share: 1% }',
    'partition.share is 0.01 (a.yaml line 1), but must leave nodes on both sides, and cuts off 0 ' +
      'of 20.',
  ],
  [
    'nodes: [4, 20]\npartition: { share: 0.9 }',
    'partition.share is 0.9 (a.yaml line 2), but must leave nodes on both sides, and cuts off 4 ' +
      'of 4.',
  ],
  [
    'failure: { restart_after: 5s }',
    'failure.restart_after is "5s" (a.yaml line 1), but must come with a failure.rate above 0, ' +
      'for no node fails; add it, or remove this.',
  ],
  [
    'mode: emulate\nnodes: [20, 301]',
    'nodes is 301 (a.yaml line 2), but must be at most 300 in mode emulate, where each is a ' +
      'process of this machine; lower it or change mode.',
  ],
  [
    'nodes: 20001',
    'nodes is 20001 (a.yaml line 1), but must be at most 20000 in mode simulate, whose memory ' +
      'grows with the square of them; lower it or change mode.',
  ],
  [
    'mode: in-process\nnodes: 1001',
    'nodes is 1001 (a.yaml line 2), but must be at most 1000 in mode in-process, where all share ' +
      'one process; lower it or change mode.',
  ],
  [
    'mode: emulate\nnodes: 100\nbase_port: 65436',
    'base_port is 65436 (a.yaml line 3), but must leave a port up to 65535 for each node, and ' +
      'nodes is 100 (a.yaml line 2); use 65435 at most.',
  ],
  [
    'workload: machine',
    'workload is "machine" (a.yaml line 1), but must be another one in mode simulate, for ' +
      'virtual time has no machine to measure; choose random-walk, or mode in-process or emulate.',
  ],
  [
    'mode: emulate\nworkload: { kind: machine, intensity: 2 }',
    'workload is {"kind":"machine","intensity":2} (a.yaml line 2), but must have no intensity ' +
      'when kind is machine.',
  ],
  [
    'mode: emulate\nworkload: machine\nmetric_sets:\n  jobs:\n    queue: { delta: 5 }',
    'metric_sets.jobs.queue is "queue" (a.yaml line 5), but must be a standard metric with the ' +
      'workload machine, which measures no other.',
  ],
  [
    'mode: in-process\nstart: settled',
    'start is "settled" (a.yaml line 2), but must be cold unless mode is simulate: real nodes ' +
      'have to meet.',
  ],
  [
    'workload: { kind: step, source: a.csv }',
    'workload is {"kind":"step","source":"a.csv"} (a.yaml line 1), but must have a source only ' +
      'when kind is trace.',
  ],
  [
    'measure: 30s\nfailure: { rate: 0.5, at: 30s }',
    'failure.at is "30s" (a.yaml line 2), but must come before the measured time ends, and ' +
      'measure is "30s" (a.yaml line 1).',
  ],
  [
    'measure: 30s\nfailure: { rate: 0.5, at: 10s, restart_after: 20s }',
    'failure.restart_after is "20s" (a.yaml line 2), but must be over before the measured time ' +
      'ends, and measure is "30s" (a.yaml line 1).',
  ],
  [
    'partition: { at: 2m }',
    'partition.at is "2m" (a.yaml line 1), but must come before the measured time ends, and ' +
      'measure is "1m" (default).',
  ],
  [
    'partition: { for: 45s }',
    'partition.for is "45s" (a.yaml line 1), but must be over before the measured time ends, and ' +
      'measure is "1m" (default).',
  ],
  [
    'runs: 10000\nnodes: [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]',
    'runs is 10000 (a.yaml line 1), but must be lower, for 11 points give 110000 runs, and ' +
      '100000 is the most; repeat or vary less.',
  ],
  [
    'measure: 0\nfailure: { rate: 0.5 }\npartition: {}\nqueries: {}',
    'measure is "0s" (a.yaml line 1), but must be above 0, for failure.rate and partition and ' +
      'queries need time after convergence; 60s will do.',
  ],
  [
    'measure: 500ms',
    'measure is "500ms" (a.yaml line 1), but must last a round at least, and round is "1s" ' +
      '(default); or be 0.',
  ],
  [
    'round: [1s, 1m]\nconverge_within: 30s',
    'converge_within is "30s" (a.yaml line 2), but must last a round at least, and round is "1m" ' +
      '(a.yaml line 1).',
  ],
  [
    'delay: 400ms..1s',
    'delay is "400ms" (a.yaml line 1), but must let an exchange go there and back in time, and ' +
      'protocol.exchange_timeout is "750ms" (default).',
  ],
  [
    'nodes: 300\nprotocol: { max_view: 1MiB }',
    'protocol.max_view is "1MiB" (a.yaml line 2), but must be at least 8KiB a node, and nodes is ' +
      '300 (a.yaml line 1).',
  ],
  [
    'nodes: 30\nprotocol: { max_members: 20 }',
    'protocol.max_members is 20 (a.yaml line 2), but must be at least the number of nodes, and ' +
      'nodes is 30 (a.yaml line 1).',
  ],
  [
    'protocol: { max_metrics: 3 }',
    'protocol.max_metrics is 3 (a.yaml line 1), but must be at least 4, the metrics of default.',
  ],
  [
    'round: 2m\nprotocol: { refresh: 1m }',
    'protocol.refresh is "1m" (a.yaml line 2), but must be at least as long as a round, and ' +
      'round is "2m" (a.yaml line 1).',
    'measure is "1m" (default), but must last a round at least, and round is "2m" (a.yaml line ' +
      '1); or be 0.',
  ],
  [
    'protocol: { suspicion_min: 5s, suspicion_max: 4s }',
    'protocol.suspicion_max is "4s" (a.yaml line 1), but must be at least as long as ' +
      'protocol.suspicion_min.',
  ],
];

describe('refused', () => {
  it.each(CASES)('%j', (text, ...sentences) => {
    expect(refusalsOf(text).sort()).toEqual(sentences.sort());
  });

  it('with all of them told at once', () => {
    expect(refusalsOf('nodes: 2\ntarget_count: 2\nqueries: {}\nworkload: machine')).toHaveLength(3);
  });

  it('with the flag named that brought the impossible', () => {
    expect(refusalsOf('target_count: 4', 'a.yaml', { nodes: '4' })[0]).toContain(
      'target_count is 4 (a.yaml line 1), but must be below the number of nodes, for no node ' +
        'calls itself, and nodes is 4 (--nodes)',
    );
  });
});

describe('possible', () => {
  it.each([
    'nodes: 4\ntarget_count: 3',
    'nodes: 4\nfailure: { rate: 0.5 }',
    'nodes: 6\nfailure: { rate: 0.5 }\nqueries: { quorum: 3 }',
    'nodes: 2\npartition: {}',
    'mode: emulate\nnodes: 300\nbase_port: 65235',
    'base_port: 65535',
    'mode: emulate\nworkload: machine\nmetric_sets: { more: { swap: { priority: 2 } } }',
    'mode: emulate\nloss: 10%\ndelay: 1ms..20ms',
    'measure: 30s\nfailure: { rate: 0.5, at: 10s, restart_after: 19s }',
    'measure: 0',
    'delay: 370ms',
    'nodes: 2\nfailure: { rate: 0 }',
  ])('%j', (text) => {
    expect(refusalsOf(text)).toEqual([]);
  });

  it('as many members as nodes are held, whatever the default is', () => {
    expect(planOf('nodes: 20000').grid.nodes).toEqual([20_000]);
  });
});
