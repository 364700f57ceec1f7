// Reads traces from CSV (RFC 4180), with one sentence for the first mistake.
//
//   at_ms,node,metric,value
//   0,host,cpu,12.5
//   0,host,memory,40.1
//   1000,host,cpu,97
//
// The header is required; its columns may be in any order. `at_ms` never falls and may count from
// anywhere, such as 1970: the first row is the start. Values are in the metric's unit. A metric
// need not have a row at every time: its last value holds.

import { type CsvError, parse } from 'csv-parse/sync';
import { shown } from '../../../config/problem.ts';
import { OperatingError } from '../../../errors.ts';
import { buildTrace, type Trace, type TraceRow } from './trace.ts';

const COLUMNS = ['at_ms', 'node', 'metric', 'value'] as const;
type Column = (typeof COLUMNS)[number];

/** First line of the traces that this project writes. */
export const TRACE_HEADER = COLUMNS.join(',');

/** A million rows or so: four metrics a second of one node for three days. */
export const MAX_TRACE_CHARACTERS = 32 * 1024 * 1024;
const MAX_NAME_LENGTH = 128;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

interface Line {
  readonly number: number;
  readonly fields: readonly string[];
}

/** Throws an OperatingError with code `trace_invalid`; `name` is what messages call the text. */
export function readTrace(text: string, name = 'The trace'): Trace {
  if (text.length > MAX_TRACE_CHARACTERS) {
    const size = `${text.length} characters long, but ${MAX_TRACE_CHARACTERS} are the most`;
    throw invalid(`${name} is ${size}; cut it into shorter ones`);
  }
  const [header, ...lines] = parseLines(text, name);
  if (header === undefined) {
    throw invalid(`${name} is empty, but must begin with the line ${TRACE_HEADER}`);
  }
  const positions = readHeader(header, name);
  const seen = new Map<string, number>();
  let beforeMs = 0;
  const rows = lines.map((line) => {
    const where = `${name} line ${line.number}`;
    const row = readRow(line, positions, where);
    if (row.atMs < beforeMs) {
      const rule = `the row before has ${beforeMs}; sort the rows by time`;
      throw invalid(`${where}: at_ms is ${row.atMs}, but ${rule}`);
    }
    beforeMs = row.atMs;
    refuseRepeated(seen, row, where);
    return row;
  });
  const trace = buildTrace(rows);
  if (trace !== undefined) return trace;
  const had = rows.length === 1 ? '1 row' : `${rows.length} rows of one time`;
  throw invalid(`${name} has ${had}, but needs rows of two times at least to be replayed`);
}

const invalid = (sentence: string, cause?: unknown): OperatingError =>
  new OperatingError('trace_invalid', `${sentence}.`, { cause });

function parseLines(text: string, name: string): Line[] {
  const lines: Line[] = [];
  try {
    parse(text, {
      bom: true,
      trim: true,
      skip_empty_lines: true,
      // Said with the line and the rule below.
      relax_column_count: true,
      on_record: (fields: string[], { lines: number }) => {
        lines.push({ number, fields });
        return null;
      },
    });
  } catch (error) {
    const { message } = error as CsvError;
    throw invalid(`${name} is no CSV: ${message.replace(/\.$/, '')}`, error);
  }
  return lines;
}

function readHeader({ fields, number }: Line, name: string): Record<Column, number> {
  const where = `${name} line ${number}`;
  const known: readonly string[] = COLUMNS;
  const unknown = fields.find((field) => !known.includes(field));
  const twice = fields.find((field, i) => fields.indexOf(field) !== i);
  const missing = COLUMNS.find((column) => !fields.includes(column));
  const rule = `the header must be ${TRACE_HEADER}`;
  if (unknown !== undefined)
    throw invalid(`${where}: column ${shown(unknown)} is unknown; ${rule}`);
  if (twice !== undefined) throw invalid(`${where}: column ${twice} is there twice; ${rule}`);
  if (missing !== undefined) throw invalid(`${where}: column ${missing} is missing; ${rule}`);
  const at = (column: Column): number => fields.indexOf(column);
  return { at_ms: at('at_ms'), node: at('node'), metric: at('metric'), value: at('value') };
}

function readRow(line: Line, positions: Record<Column, number>, where: string): TraceRow {
  if (line.fields.length !== COLUMNS.length) {
    const count = line.fields.length === 1 ? '1 field' : `${line.fields.length} fields`;
    throw invalid(`${where} has ${count}, but must have ${COLUMNS.length}: ${TRACE_HEADER}`);
  }
  const field = (column: Column): string => line.fields[positions[column]] ?? '';
  const refuse = (column: Column, rule: string): OperatingError =>
    invalid(`${where}: ${column} is ${shown(field(column))}, but must be ${rule}`);
  const name = (column: 'node' | 'metric'): string => {
    const { length } = field(column);
    if (length > 0 && length <= MAX_NAME_LENGTH) return field(column);
    throw refuse(column, `a name of 1 to ${MAX_NAME_LENGTH} characters`);
  };
  const number = (column: 'at_ms' | 'value', rule: string): number => {
    const value = NUMBER.test(field(column)) ? Number(field(column)) : Number.NaN;
    if (Number.isFinite(value)) return value;
    throw refuse(column, rule);
  };
  const time = 'a number of milliseconds from 0 up, such as 1500';
  const atMs = number('at_ms', time);
  if (atMs < 0 || atMs > Number.MAX_SAFE_INTEGER) throw refuse('at_ms', time);
  const value = number(
    'value',
    'a finite number such as 12.5; leave the row out if there was none',
  );
  return { atMs, node: name('node'), metric: name('metric'), value };
}

/** Two values of one time cannot both hold; the map keeps each metric's last time. */
function refuseRepeated(seen: Map<string, number>, row: TraceRow, where: string): void {
  const { atMs, node, metric } = row;
  const key = JSON.stringify([node, metric]);
  if (seen.get(key) === atMs) {
    const what = `metric ${shown(metric)} of node ${shown(node)}`;
    throw invalid(`${where}: ${what} has a value for at_ms ${atMs} already; keep one of them`);
  }
  seen.set(key, atMs);
}

/** Writes what `readTrace` reads. */
export function formatTrace({ nodes }: Trace): string {
  const rows = nodes.flatMap(({ id, series }) =>
    [...series].flatMap(([metric, { atMs, values }]) =>
      atMs.map((at, i) => ({ at, line: `${at},${quoted(id)},${quoted(metric)},${values[i]}` })),
    ),
  );
  rows.sort((a, b) => a.at - b.at);
  return `${[TRACE_HEADER, ...rows.map(({ line }) => line)].join('\n')}\n`;
}

const quoted = (name: string): string =>
  /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
