// What people and programs write into addresses and bodies: a value, or a refusal in a sentence.

import fc from 'fast-check';
import * as v from 'valibot';
import { expect } from 'vitest';
import { readMoment } from '../../node/config/times.ts';
import { STATUSES } from '../../node/core/model.ts';
import { isUnforgeable } from '../../node/http/access/guard.ts';
import { Problem } from '../../node/http/answers/problem.ts';
import { isAggregate, summarize } from '../../node/http/query/aggregate.ts';
import { readHolding } from '../../node/http/query/holding.ts';
import { QueryParameters, quorumInputOf } from '../../node/http/query/parameters.ts';
import { readThreshold } from '../../node/http/query/threshold.ts';
import {
  acceptedJson,
  definitionOf,
  fits,
  labelValuesOf,
  UserMetrics,
} from '../../node/http/user-metric.ts';
import { matcher } from '../../node/http/view/patterns.ts';
import { fuzz, target } from './fuzz.ts';
import { anyText, nearlyText, oddValue, oddWord, wordOf } from './inputs.ts';

/** Undefined for what is refused in a sentence. */
function refusing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Problem && error.refusal.status === 400) return undefined;
    throw error;
  }
}

const times = fc.oneof(
  nearlyText('2026-01-31T12:00:00.000+01:00'),
  nearlyText('1.5h'),
  wordOf('30s', '1h', '0', '1796036934', '1796036934000', '2026-01-31'),
);

const GLOB_PIECES = [
  '*',
  '**',
  '?',
  '[a-z]',
  '[!a]',
  '[',
  ']',
  '+',
  '(',
  ')',
  '{a,b}',
  '\\',
  '|',
  'n1',
];
const patterns = fc.oneof(
  fc.array(fc.constantFrom(...GLOB_PIECES), { maxLength: 40 }).map((pieces) => pieces.join('')),
  nearlyText('web-[a-f]*-??'),
  oddWord,
);

const parameterWords = wordOf(
  ...[
    'n1',
    'cpu',
    'web-*',
    'alive',
    'region:eu',
    'cpu>80',
    'p95',
    'avg,count',
    'metric',
    'label:region',
  ],
  ...['1', '5', '33', '100ms', '5s', '1000001'],
);
const parameters = fc.dictionary(
  wordOf(...Object.keys(QueryParameters.entries)),
  fc.oneof(parameterWords, fc.array(parameterWords, { maxLength: 3 })),
  { maxKeys: 5 },
);

fuzz('a value or a refusal comes of', [
  target('a written time or duration', times, (text) => {
    for (const takesSeconds of [false, true]) {
      const read = readMoment(text, { takesSeconds });
      if ('fault' in read) expect(read.fault).toMatch(/^must /);
      else for (const ms of Object.values(read)) expect(ms).toSatisfy(Number.isFinite);
    }
  }),
  target(
    'patterns of names',
    fc.tuple(fc.array(patterns, { maxLength: 12 }), anyText(64)),
    ([wanted, name]) => {
      const matches = refusing(() => matcher('node', wanted));
      expect([undefined, true, false]).toContain(matches?.(name));
    },
  ),
  target('a written threshold', fc.oneof(nearlyText('cpu>=80.5'), wordOf('cpu>80')), (text) => {
    const read = readThreshold(text);
    if (read !== undefined) expect(read.limit).toSatisfy(Number.isFinite);
  }),
  target(
    'names of aggregates over any values',
    fc.tuple(
      fc.array(fc.oneof(nearlyText('p99'), wordOf('avg', 'p0')), { maxLength: 4 }),
      fc.array(fc.double()),
    ),
    ([names, values]) => {
      const known = names.filter(isAggregate);
      for (const figure of Object.values(summarize(values, known))) {
        expect(figure === null || Number.isFinite(figure)).toBe(true);
      }
    },
  ),
  target('parameters of a query together', parameters, (given) => {
    const read = v.safeParse(QueryParameters, given);
    if (read.success) refusing(() => quorumInputOf(read.output));
    else for (const { message } of read.issues) expect(message).not.toBe('');
  }),
  target(
    'a host of a request',
    fc.oneof(nearlyText('[fd00::1]:4001'), wordOf('localhost')),
    (host) => {
      expect(isUnforgeable(host)).toBeTypeOf('boolean');
    },
  ),
]);

const metric = fc.record(
  {
    name: wordOf('queue', 'queue:length', 'cpu'),
    value: fc.oneof(fc.double(), oddValue),
    unit: wordOf('jobs', '%'),
    description: fc.oneof(anyText(220), oddValue),
    kind: wordOf('gauge', 'counter'),
    priority: fc.oneof(fc.integer({ min: 0, max: 256 }), oddValue),
    delta: fc.oneof(fc.double({ min: 0 }), nearlyText('15%'), oddValue),
  },
  { requiredKeys: [] },
);
const metricBody = fc.oneof(metric, fc.array(metric, { maxLength: 4 }), fc.object({ maxDepth: 2 }));

const SOUND_ROW = {
  ...{ node: 'n1', status: 'alive', metric: 'cpu', value: 1, unit: '%', priority: 1, version: 1 },
  ...{ ageMs: 5, generation: 1, incarnation: 0 },
};
const row = fc
  .dictionary(
    fc.constantFrom(...Object.keys(SOUND_ROW)),
    fc.oneof(oddValue, fc.constantFrom(...STATUSES)),
    {
      maxKeys: 2,
    },
  )
  .map((changes) => ({ ...SOUND_ROW, ...changes }));
const answer = fc.oneof(
  fc.record({ self: wordOf('n2'), cluster: wordOf('test'), rows: fc.array(row, { maxLength: 3 }) }),
  fc.object({ maxDepth: 3 }),
  oddValue,
);

fuzz('something whole or nothing comes of', [
  target('a metric of a user', metricBody, (body) => {
    const read = v.safeParse(UserMetrics, body);
    for (const one of read.success ? read.output : []) {
      const definition = definitionOf(one, undefined);
      expect(definition.resolution).toBeGreaterThan(0);
      if (!fits(one.value, definition)) continue;
      const { value } = acceptedJson(one.value, definition, labelValuesOf(one));
      expect(value).toSatisfy(Number.isFinite);
    }
  }),
  target("a peer's answer to a quorum", answer, async (body) => {
    const question = { node: 'n1', cluster: 'test', among: async () => () => true };
    const held = await readHolding(body, 'n2', question, 1_000);
    if (typeof held === 'string') return;
    for (const { sampledAt } of held.metrics) expect(sampledAt).toSatisfy(Number.isFinite);
  }),
]);
