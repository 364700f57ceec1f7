// What answers at an address may be anything: it is shown where it is an answer of a node, and
// never makes a command end with a stack trace.

import { describe, expect, it } from 'vitest';
import { isQuery, isState } from '../../../node/cli/query/shapes.ts';
import { queryText, stateTable } from '../../../node/cli/query/tables.ts';
import { createPaint } from '../../../node/cli/terminal/paint.ts';
import type { QueryAnswer } from '../../../node/http/answers/shapes.ts';

const PAINT = createPaint({}, {});
const METRIC = { value: 1, unit: '%' };
const NODE = { status: 'alive', ageMs: 1, metrics: { cpu: { value: 1 } } };
const stateOf = (nodes: unknown, more: object = {}): object => ({
  answeredBy: 'n1',
  nodes,
  families: { cpu: { unit: '%' } },
  ...more,
});
const ROW = { node: 'n1', status: 'alive', metric: 'cpu', ageMs: 1, ...METRIC };
const queryOf = (more: object): object => ({ rows: [ROW], aggregates: [], ...more });

describe('of a state', () => {
  it.each<[string, object]>([
    ['no nodes', stateOf(null)],
    ['a text', stateOf('n1')],
    ['a node that is none', stateOf({ n1: null })],
    ['a node under the name of a prototype', stateOf(JSON.parse('{"__proto__":7}'))],
    ['no metrics', stateOf({ n1: { ...NODE, metrics: null } })],
    ['no value', stateOf({ n1: { ...NODE, metrics: { constructor: { unit: '' } } } })],
    [
      'a text for a value',
      stateOf({ n1: { ...NODE, metrics: { cpu: { ...METRIC, value: 'x' } } } }),
    ],
    ['no families', stateOf({ n1: NODE }, { families: null })],
    ['a family without a unit', stateOf({ n1: NODE }, { families: { cpu: {} } })],
    ['a status that is none', stateOf({ n1: { ...NODE, status: '\u001b[31m' } })],
    ['no age', stateOf({ n1: { ...NODE, ageMs: null } })],
    ['no list of what is unknown', stateOf({}, { unknown: 5 })],
    ['an unknown thing', stateOf({}, { unknown: [null] })],
    ['an unknown kind', stateOf({}, { unknown: [{ kind: 'x', name: 'x' }] })],
  ])('%s is none', (_, body) => {
    expect(isState(body)).toBe(false);
  });

  it('any name will do, and is shown', () => {
    const nodes = JSON.parse(`{"__proto__":${JSON.stringify(NODE)},"constructor":{
      "status":"dead","ageMs":1,"metrics":{"toString":{"value":2}}}}`) as object;
    const body = stateOf(nodes);
    if (!isState(body)) throw new Error('refused');
    expect(stateTable(body, PAINT)).toContain('__proto__    alive   1 %');
  });
});

describe('of a query', () => {
  it.each<[string, object]>([
    ['no rows', { rows: null }],
    ['a row that is none', { rows: [null] }],
    ['no figures', { aggregates: [{ metric: 'cpu', unit: '', group: null, values: null }] }],
    ['half a quorum', { quorum: { outcome: 'agreed' } }],
  ])('%s is none', (_, more) => {
    expect(isQuery(queryOf({}))).toBe(true);
    expect(isQuery(queryOf(more))).toBe(false);
  });

  it('two hundred thousand rows are a table', () => {
    const rows = Array.from({ length: 200_000 }, () => ROW);
    const text = queryText(queryOf({ rows }) as QueryAnswer, PAINT);
    expect(text.length).toBeGreaterThan(rows.length * 20);
  });
});
