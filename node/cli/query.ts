// npm run query: asks any node of a running cluster about all of them.

import { OperatingError } from '../errors.ts';
import { ask, type Reply } from '../host/ask.ts';
import type { NodeAnswer, StateAnswer } from '../http/answers.ts';
import { runCommand } from './command.ts';
import { bytesText } from './fleet-table.ts';
import { parseQueryArguments, type QueryOptions } from './options.ts';
import { createPaint, type Paint, type Style } from './paint.ts';

/** Exits with 1 when nothing matches, as grep does. */
async function main(options: QueryOptions): Promise<number> {
  const state = await askState(options);
  if (options.isJson) process.stdout.write(`${JSON.stringify(state, null, 2)}\n`);
  else process.stdout.write(`${tableOf(state, createPaint(process.stdout, process.env))}\n`);
  return Object.keys(state.nodes).length > 0 ? 0 : 1;
}

async function askState(options: QueryOptions): Promise<StateAnswer> {
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

async function call(url: URL, timeoutMs: number): Promise<Reply> {
  try {
    return await ask(url, timeoutMs);
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    const sentence = `${error.message}: is a node running there? Name another with --url.`;
    throw new OperatingError(error.code, sentence, { cause: error });
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
  // Anybody names metrics: `constructor` is one only where the node has it itself.
  const metric = Object.hasOwn(node.metrics, name) ? node.metrics[name] : undefined;
  if (metric === undefined) return '–';
  return metric.unit === 'B/s' ? bytesText(metric.value) : `${metric.value} ${metric.unit}`.trim();
}

const ageText = (ageMs: number): string =>
  ageMs < 60_000 ? `${(ageMs / 1_000).toFixed(1)} s ago` : `${Math.round(ageMs / 60_000)} min ago`;

await runCommand(parseQueryArguments, main);
