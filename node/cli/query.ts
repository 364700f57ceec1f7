// npm run query: asks any node of a running cluster about all of them.

import { OperatingError } from '../errors.ts';
import type { NodeAnswer, StateAnswer } from '../http/answers.ts';
import { runCommand } from './command.ts';
import { bytesText } from './fleet-table.ts';
import { parseQueryArguments, type QueryOptions } from './options.ts';
import { createPaint, type Paint, type Style } from './paint.ts';

/** Exits with 1 when nothing matches, as grep does. */
async function main(options: QueryOptions): Promise<number> {
  const state = await ask(options);
  if (options.isJson) process.stdout.write(`${JSON.stringify(state, null, 2)}\n`);
  else process.stdout.write(`${tableOf(state, createPaint(process.stdout, process.env))}\n`);
  return Object.keys(state.nodes).length > 0 ? 0 : 1;
}

async function ask(options: QueryOptions): Promise<StateAnswer> {
  const url = new URL(`${options.url}/state`);
  for (const name of ['node', 'metric', 'status', 'label'] as const) {
    for (const value of options[name]) url.searchParams.append(name, value);
  }
  const { status, body } = await call(url, options.timeoutMs);
  if (status === 200 && isState(body)) return body;
  const isProblem = typeof body === 'object' && body !== null && 'detail' in body;
  const said = isProblem
    ? String(body.detail)
    : `it answered ${status}, and not as a node does; name a node with --url.`;
  throw new OperatingError('query_refused', `${options.url} refused the query: ${said}`);
}

const isState = (body: unknown): body is StateAnswer =>
  typeof body === 'object' && body !== null && 'nodes' in body && 'self' in body;

interface Answer {
  readonly status: number;
  /** Undefined when it is no JSON: something else listens there. */
  readonly body: unknown;
}

async function call(url: URL, timeoutMs: number): Promise<Answer> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    const text = await response.text();
    return { status: response.status, body: readJson(text) };
  } catch (error) {
    const isLate = error instanceof DOMException && error.name === 'TimeoutError';
    const what = isLate ? `did not answer within ${timeoutMs} ms` : 'does not answer';
    const sentence = `${url.origin} ${what}: is a node running there? Name another with --url.`;
    throw new OperatingError('unreachable', sentence, { cause: error });
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const STATUS_STYLES: Record<NodeAnswer['status'], Style> = {
  alive: 'green',
  suspect: 'yellow',
  dead: 'red',
  left: 'dim',
};

/** One row a node, one column a metric; the age is that of the newest value. */
function tableOf(state: StateAnswer, paint: Paint): string {
  const nodes = Object.entries(state.nodes).sort(([a], [b]) => inNaturalOrder(a, b));
  if (nodes.length === 0) return 'Nothing matches.';
  const metrics = [...new Set(nodes.flatMap(([, node]) => Object.keys(node.metrics)))];
  const rows = nodes.map(([id, node]) => [
    id,
    node.status,
    ...metrics.map((name) => valueText(node, name)),
    ageText(node.ageMs),
  ]);
  const table = [['node', 'status', ...metrics, 'heard'], ...rows];
  const widths = (table[0] ?? []).map((_, i) =>
    Math.max(...table.map((row) => row[i]?.length ?? 0)),
  );
  const lines = table.map((row) => row.map((cell, i) => pad(cell, widths[i] ?? 0, i)));
  return lines
    .map((cells, i) => {
      if (i === 0) return paint('bold', cells.join('  ').trimEnd());
      const status = nodes[i - 1]?.[1].status ?? 'alive';
      const colored = cells.map((cell, column) =>
        column === 1 ? paint(STATUS_STYLES[status], cell) : cell,
      );
      return colored.join('  ').trimEnd();
    })
    .join('\n');
}

/** n2 before n10. */
const inNaturalOrder = new Intl.Collator('en', { numeric: true }).compare;

/** Words to the left, numbers to the right. */
const pad = (cell: string, width: number, column: number): string =>
  column < 2 ? cell.padEnd(width) : cell.padStart(width);

function valueText(node: NodeAnswer, name: string): string {
  const metric = node.metrics[name];
  if (metric === undefined) return '–';
  return metric.unit === 'B/s' ? bytesText(metric.value) : `${metric.value} ${metric.unit}`.trim();
}

const ageText = (ageMs: number): string =>
  ageMs < 60_000 ? `${(ageMs / 1_000).toFixed(1)} s ago` : `${Math.round(ageMs / 60_000)} min ago`;

await runCommand(parseQueryArguments, main);
