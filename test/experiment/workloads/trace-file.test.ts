import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OperatingError } from '../../../node/errors.ts';
import type { Trace } from '../../../node/experiment/workloads/traces/trace.ts';
import {
  MAX_TRACE_CHARACTERS,
  readTrace,
  TRACE_HEADER,
} from '../../../node/experiment/workloads/traces/trace-file.ts';

const csv = (...rows: string[]): string => `${[TRACE_HEADER, ...rows].join('\n')}\n`;

const samplesOf = (trace: Trace, node: string, metric: string) =>
  trace.nodes.find(({ id }) => id === node)?.series.get(metric);

/** The sentence with which a text is refused. */
function refusal(text: string): string {
  try {
    readTrace(text, 'my.csv');
  } catch (error) {
    if (error instanceof OperatingError && error.code === 'trace_invalid') return error.message;
    throw error;
  }
  throw new Error('the text was taken');
}

describe('a trace file', () => {
  it('is read by node and metric, with times from its start', () => {
    const trace = readTrace(
      csv('5000,b,cpu,1.5', '5000,a,cpu,-2', '6000,b,memory,.5e1', '7500,b,cpu,3'),
    );
    expect(trace.nodes.map(({ id }) => id)).toEqual(['b', 'a']);
    expect(samplesOf(trace, 'b', 'cpu')).toEqual({ atMs: [0, 2_500], values: [1.5, 3] });
    expect(samplesOf(trace, 'b', 'memory')).toEqual({ atMs: [1_000], values: [5] });
    expect(samplesOf(trace, 'a', 'cpu')).toEqual({ atMs: [0], values: [-2] });
  });

  it('lasts one mean period longer than its last sample', () => {
    expect(readTrace(csv('0,a,cpu,1', '1000,a,cpu,2', '2000,a,cpu,3')).durationMs).toBe(3_000);
  });

  it('may be written by a spreadsheet: BOM, CRLF, quotes, spaces, other columns first', () => {
    const text =
      '\uFEFFvalue, metric ,node,at_ms\r\n1,cpu,"a ""1"", b",0\r\n\r\n2,cpu,"c",1000\r\n';
    const trace = readTrace(text);
    expect(samplesOf(trace, 'a "1", b', 'cpu')).toEqual({ atMs: [0], values: [1] });
    expect(samplesOf(trace, 'c', 'cpu')?.values).toEqual([2]);
  });

  it('gives back whatever numbers were written', () => {
    const value = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 2 }), (values) => {
        const trace = readTrace(csv(...values.map((one, i) => `${i * 1_000},host,cpu,${one}`)));
        expect(samplesOf(trace, 'host', 'cpu')?.values.map((one) => one + 0)).toEqual(
          values.map((one) => one + 0),
        );
      }),
    );
  });
});

describe('a mistake in a trace file is one sentence with line, field, value and fix', () => {
  it.each([
    ['1000,host,cpu,abc', 'my.csv line 3: value is "abc", but must be a finite number such as'],
    ['1000,host,cpu,NaN', 'my.csv line 3: value is "NaN", but must be a finite number such as'],
    ['1000,host,cpu,1e999', 'value is "1e999", but must be a finite number'],
    ['1000,host,cpu,0x10', 'value is "0x10", but must be a finite number'],
    ['1000,host,cpu,', 'value is empty, but must be a finite number'],
    ['soon,host,cpu,1', 'line 3: at_ms is "soon", but must be a number of milliseconds from 0 up'],
    ['-1,host,cpu,1', 'line 3: at_ms is "-1", but must be a number of milliseconds from 0 up'],
    ['1000,,cpu,1', 'line 3: node is empty, but must be a name of 1 to 128 characters'],
    [`1000,host,${'x'.repeat(129)},1`, 'but must be a name of 1 to 128 characters'],
    ['1000,host,cpu', `line 3 has 3 fields, but must have 4: ${TRACE_HEADER}`],
    ['1000,host,cpu,1,5', 'line 3 has 5 fields, but must have 4'],
    ['1000;host;cpu;1', 'line 3 has 1 field, but must have 4'],
    ['0,host,cpu,2', 'line 3: metric "cpu" of node "host" has a value for at_ms 0 already; keep'],
    ['1000,"host,cpu,2', 'my.csv is no CSV: Quote Not Closed'],
  ])('%s', (row, sentence) => {
    const message = refusal(csv('0,host,cpu,1', row));
    expect(message).toContain(sentence);
    expect(message).toMatch(/^my\.csv [^\n]+\.$/);
  });

  it('times that fall', () => {
    const text = csv('0,host,cpu,1', '2000,host,cpu,2', '', '1000,host,memory,3');
    expect(refusal(text)).toBe(
      'my.csv line 5: at_ms is 1000, but the row before has 2000; sort the rows by time.',
    );
  });

  it.each([
    ['at_ms,node,metric,value,unit', 'line 1: column "unit" is unknown; the header must be'],
    ['0,host,cpu,1', 'line 1: column "0" is unknown'],
    ['at_ms,node,value', 'line 1: column metric is missing'],
    ['at_ms,node,metric,value,node', 'line 1: column node is there twice'],
  ])('header %s', (header, sentence) => {
    expect(refusal(`${header}\n0,host,cpu,1\n`)).toContain(sentence);
    expect(refusal(`${header}\n`)).toContain(`the header must be ${TRACE_HEADER}`);
  });

  it.each([
    ['', 'my.csv is empty, but must begin with the line at_ms,node,metric,value.'],
    [' \n\n', 'my.csv is empty'],
    [csv(), 'my.csv has 0 rows'],
    [csv('0,host,cpu,1'), 'my.csv has 1 row, but needs rows of two times at least'],
    [csv('0,host,cpu,1', '0,host,memory,1'), 'my.csv has 2 rows of one time, but needs'],
  ])('too little: %j', (text, sentence) => {
    expect(refusal(text)).toContain(sentence);
  });

  it('too much', () => {
    const message = refusal(' '.repeat(MAX_TRACE_CHARACTERS + 1));
    expect(message).toContain(`but ${MAX_TRACE_CHARACTERS} are the most; cut it`);
  });

  it('any text is read or refused, never a fault', () => {
    const piece = fc.constantFrom(
      '0',
      '1000',
      'a',
      'cpu',
      ',',
      '\n',
      '"',
      '"a"',
      '-',
      ' ',
      '\uFEFF',
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = csv(pieces.join(''));
        try {
          expect(readTrace(text).nodes.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(OperatingError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
