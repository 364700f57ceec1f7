// What an experiment's file may not say, and the sentence about it.

import { describe, expect, it } from 'vitest';
import { refusalsOf } from './support.ts';

describe('what no setting may be', () => {
  it.each([
    [
      'nodes: many',
      'nodes is "many" (a.yaml line 1), but must be a whole number from 2 to 100000.',
    ],
    ['nodes:', 'nodes is empty (a.yaml line 1), but must be a whole number from 2 to 100000.'],
    ['nodes: []', 'nodes is [] (a.yaml line 1), but must hold 1 to 1000 values.'],
    [
      'nodes:\n  - 5\n  - 1',
      'nodes.1 is 1 (a.yaml line 3), but must be a whole number from 2 to 100000.',
    ],
    [
      'gossip_rate: [1, soon]',
      'round.1 is "soon" (a.yaml line 1, as gossip_rate), but must be a duration from 50ms to ' +
        '1h, such as 500ms, 2s, 5m or 24h (a plain number is seconds).',
    ],
    [
      'mode: fast',
      'mode is "fast" (a.yaml line 1), but must be one of simulate, in-process, emulate.',
    ],
    ['seed: -1', 'seed is -1 (a.yaml line 1), but must be a whole number from 0 to 4294967295.'],
    [
      'rounds: often',
      'rounds is "often" (a.yaml line 1), but must be fixed, adaptive, or a number from 1 to 100.',
    ],
    [
      'loss: 1.0',
      'loss is 1 (a.yaml line 1), but must be a share from 0 to 0.9, such as 0.125 or 12.5%.',
    ],
    [
      'delay: 20ms..1ms',
      'delay is "20ms..1ms" (a.yaml line 1), but must be one duration or two, the shorter first, ' +
        'up to 60s, such as 5ms or 1ms..20ms.',
    ],
    [
      'strategy: [priomon, best]',
      'strategy.1 is "best" (a.yaml line 1), but must be one of full, full-json, digest, strict, ' +
        'priomon.',
    ],
    [
      'workload: busy',
      'workload is "busy" (a.yaml line 1), but must be one of machine, random-walk, bursts, ' +
        'diurnal, step, flapping, trace, or a group with kind, intensity (0.001 to 100) and ' +
        'source.',
    ],
    ['failure: 0.5', 'failure is 0.5 (a.yaml line 1), but must be a group of settings.'],
    [
      'title: ""',
      'title is empty (a.yaml line 1), but must be a text of 1 to 200 characters on one line.',
    ],
    [
      'metric_sets: { a: { queue: { priority: 3 } } }',
      'metric_sets.a.queue is {"priority":3} (a.yaml line 1), but must have a delta, for it is ' +
        'no standard metric.',
    ],
    [
      'metric_sets: { a: { queue: { delta: 15% } } }',
      'metric_sets.a.queue.delta is "15%" (a.yaml line 1), but must name a least change, such as ' +
        '15% min 4096, for a new metric has none.',
    ],
    [
      'metric_sets: { a: { cpu: { unit: jobs } } }',
      'metric_sets.a.cpu.unit is "jobs" (a.yaml line 1), but must be left out, for cpu is a ' +
        'standard metric and has its own.',
    ],
    [
      'metric_sets: { a: { queue: { gossip: no } } }',
      'metric_sets.a.queue is {"gossip":"no"} (a.yaml line 1), but must be a standard metric ' +
        'when it is to be left out.',
    ],
  ])('%j', (text, sentence) => {
    expect(refusalsOf(text)).toEqual([sentence]);
  });

  it('a set without metrics', () => {
    const out = ['cpu', 'memory', 'network', 'storage'].map((name) => [name, { gossip: false }]);
    const text = JSON.stringify({ metric_sets: { none: Object.fromEntries(out) } });
    expect(refusalsOf(text)[0]).toMatch(/, but must leave one metric at least with gossip\.$/);
  });
});

describe('unknown settings', () => {
  it.each([
    ['node: 5', 'Unknown setting node (a.yaml line 1): did you mean nodes?'],
    ['startegy: full', 'Unknown setting startegy (a.yaml line 1): did you mean strategy?'],
    [
      'failure_rate: 0.5',
      'Unknown setting failure_rate (a.yaml line 1): did you mean failure.rate?',
    ],
    ['quorum: 3', 'Unknown setting quorum (a.yaml line 1): did you mean queries.quorum?'],
    ['refresh: 3s', 'Unknown setting refresh (a.yaml line 1): did you mean protocol.refresh?'],
    ['metrics: {}', 'Unknown setting metrics (a.yaml line 1): did you mean metric_sets.NAME?'],
    [
      'failure:\n  rates: 1',
      'Unknown setting failure.rates (a.yaml line 2): did you mean failure.rate?',
    ],
    [
      'partition: { zzz: 1 }',
      'Unknown setting partition.zzz (a.yaml line 1); known are share, at, for.',
    ],
    [
      'metric_sets: { a: { cpu: { prority: 1 } } }',
      'Unknown setting metric_sets.a.cpu.prority (a.yaml line 1): did you mean ' +
        'metric_sets.a.cpu.priority?',
    ],
    [
      'metric_sets: { a: { "c p u": { priority: 1 } } }',
      'metric_sets.a.c p u (a.yaml line 1) is no name that a metric can have; use a letter or _ ' +
        'first, then at most 63 letters, digits or _ : . -.',
    ],
    [
      'metric_sets: { __proto__: {} }',
      'metric_sets.__proto__ (a.yaml line 1) is no name that a set can have; use 1 to 64 ' +
        'characters.',
    ],
    [
      'round: 2s\ngossip_rate: 2',
      'round is also given as gossip_rate (a.yaml line 1, a.yaml line 2); keep one.',
    ],
    ['nodes: [', 'a.yaml line 1 is not valid YAML'],
    ['- nodes', 'a.yaml must hold settings, one "name: value" a line.'],
  ])('%j', (text, sentence) => {
    expect(refusalsOf(text)[0]).toContain(sentence);
  });

  it('are told together with all that is wrong', () => {
    expect(refusalsOf('node: 5\nruns: 0\nround: soon')).toHaveLength(3);
  });
});
