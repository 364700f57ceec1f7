// What `npm run query` shows to people: state, rows, aggregates and quorums as text.

import { printable } from '../../core/wire/printable.ts';
import { wholeMetric } from '../../http/answers/families.ts';
import type {
  AggregateRow,
  NodeAnswer,
  QueryAnswer,
  QueryRow,
  QuorumAnswer,
  StateAnswer,
  UnknownName,
} from '../../http/answers/shapes.ts';
import { amountText, callersLines } from '../nodes/fleet-table.ts';
import type { Paint, Style } from '../terminal/paint.ts';

const STATUS_STYLES: Record<NodeAnswer['status'], Style> = {
  alive: 'green',
  suspect: 'yellow',
  dead: 'red',
  left: 'dim',
};

const NOTHING = 'No node matches.';

/** One row a node, one column a metric; the age is that of the newest value. */
export function stateTable(state: StateAnswer, paint: Paint): string {
  const nodes = Object.entries(state.nodes).sort(([a], [b]) => inNaturalOrder(a, b));
  if (nodes.length === 0) return NOTHING;
  const metrics = [...new Set(nodes.flatMap(([, node]) => Object.keys(node.metrics)))];
  const rows = nodes.map(([id, node]) => [
    id,
    node.status,
    ...metrics.map((name) => metricText(state, node, name)),
    ageText(node.ageMs),
  ]);
  const table = layOut(['node', 'status', ...metrics, 'heard'], rows, 2, paint);
  const callers = nodes.filter(([, node]) => node.callsOutOnly).map(([id]) => id);
  return [table, ...callersLines(callers)].join('\n');
}

const NOBODY = {
  node: 'No such node is known',
  metric: 'No node has such a metric',
  label: 'No node has such a label',
} as const;

/** A name that the question holds, and that no node knows. */
export const unknownText = ({ kind, name, nearest }: UnknownName): string =>
  `${NOBODY[kind]}: ${name}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;

/** Aggregates, then rows; a quorum says how it came about. */
export function queryText(answer: QueryAnswer, paint: Paint): string {
  const { rows, aggregates, quorum } = answer;
  const parts = [
    ...(aggregates.length > 0 ? [aggregateTable(aggregates, paint)] : []),
    ...(rows.length > 0 ? [rowTable(rows, paint)] : []),
    ...(quorum ? [quorumText(quorum)] : []),
  ];
  return parts.length === 0 ? NOTHING : parts.join('\n\n');
}

const rowTable = (rows: readonly QueryRow[], paint: Paint): string =>
  layOut(
    ['node', 'status', 'metric', 'value', 'sampled'],
    rows.map((row) => [
      ...[row.node, row.status, row.metric],
      ...[amountText(row.value, row.unit), sampledText(row)],
    ]),
    3,
    paint,
  );

function aggregateTable(aggregates: readonly AggregateRow[], paint: Paint): string {
  const names = Object.keys(aggregates[0]?.values ?? {});
  const isGrouped = aggregates.some(({ group }) => group !== null);
  const rows = aggregates.map(({ metric, unit, group, values }) => [
    metric,
    ...(isGrouped ? [group ?? '–'] : []),
    ...names.map((name) => aggregateText(name, values[name] ?? null, unit)),
  ]);
  const texts = isGrouped ? ['metric', 'group'] : ['metric'];
  return layOut([...texts, ...names], rows, texts.length, paint);
}

function aggregateText(name: string, value: number | null, unit: string): string {
  if (value === null) return '–';
  return name === 'count' ? String(value) : amountText(Number(value.toPrecision(6)), unit);
}

function quorumText(quorum: QuorumAnswer): string {
  const { detail, newest, agreed, votes, unknownTo, failed, staleness } = quorum;
  const of = ({ generation, version }: { generation: number; version: number }): string =>
    `generation ${generation}, version ${version}`;
  const behind = votes.filter(({ agrees }) => !agrees).map((vote) => `${vote.node} (${of(vote)})`);
  const silent = failed.map(({ node, reason }) => `${node} (${reason.replace('_', ' ')})`);
  const lists = [
    [`agree on ${newest ? of(newest) : 'nothing'}`, agreed],
    ['are behind', behind],
    ['know nothing', unknownTo],
    ['failed', silent],
  ] as const;
  const lines = [
    detail,
    ...lists.flatMap(([what, nodes]) =>
      nodes.length > 0 ? [`  ${what}: ${nodes.join(', ')}`] : [],
    ),
    `  ${costText(quorum)}`,
    ...(staleness === null ? [] : [`  ${stalenessText(staleness)}`]),
  ];
  return lines.map(printable).join('\n');
}

const costText = ({ tries, messages, tookMs }: QuorumAnswer): string =>
  `${tries} ${tries === 1 ? 'try' : 'tries'}, ` +
  `${messages} ${messages === 1 ? 'message' : 'messages'}, ${tookMs} ms`;

const stalenessText = ({ atMostMs, hiddenMs }: NonNullable<QuorumAnswer['staleness']>): string =>
  `${spanText(atMostMs)} old at most; news of the last ${spanText(hiddenMs)} may be missing`;

/** The first columns are words, to the left; numbers stand to the right. */
function layOut(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  words: number,
  paint: Paint,
): string {
  // Peers chose the names, units and labels.
  const table = [headings, ...rows].map((row) => row.map(printable));
  // One by one: as arguments of a call, the rows of a large fleet would be too many.
  const widths = headings.map((_, i) =>
    table.reduce((most, row) => Math.max(most, row[i]?.length ?? 0), 0),
  );
  const statusColumn = headings.indexOf('status');
  return table
    .map((row, i) => {
      const cells = row.map((cell, column) => {
        const width = widths[column] ?? 0;
        const padded = column < words ? cell.padEnd(width) : cell.padStart(width);
        const isStatus = i > 0 && column === statusColumn;
        return isStatus ? paint(STATUS_STYLES[cell as NodeAnswer['status']], padded) : padded;
      });
      const line = cells.join('  ').trimEnd();
      return i === 0 ? paint('bold', line) : line;
    })
    .join('\n');
}

/** n2 before n10. */
const inNaturalOrder = new Intl.Collator('en', { numeric: true }).compare;

function metricText({ families }: StateAnswer, node: NodeAnswer, name: string): string {
  // Anybody names metrics: `constructor` is one only where the node has it itself.
  const held = Object.hasOwn(node.metrics, name) ? node.metrics[name] : undefined;
  const metric = held && wholeMetric(families, name, held);
  if (metric === undefined) return '–';
  return `${amountText(metric.value, metric.unit)}${metric.stale ? ' (stale)' : ''}`;
}

/** Stale: its owner should have sampled it since and did not. */
const sampledText = ({ ageMs, stale }: QueryRow): string =>
  `${ageText(ageMs)}${stale ? ', stale' : ''}`;

const ageText = (ageMs: number): string => `${spanText(ageMs)} ago`;

const spanText = (spanMs: number): string =>
  spanMs < 60_000 ? `${(spanMs / 1_000).toFixed(1)} s` : `${Math.round(spanMs / 60_000)} min`;
