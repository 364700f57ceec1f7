// The table of a local cluster, as text: one row a node, four metrics, round and bandwidth.

import { PRIMARY_METRICS } from '../../config/metrics.ts';
import { printable } from '../../core/wire/printable.ts';
import { wholeMetric } from '../../http/answers/families.ts';
import type { Families, NodeAnswer } from '../../http/answers/shapes.ts';
import type { Paint, Style } from '../terminal/paint.ts';

export interface FleetRow {
  readonly id: string;
  readonly state: NodeAnswer | undefined;
  /** Of the answer that `state` is from. */
  readonly families: Families;
  /** What the node says of its own gossip; absent when it did not answer. */
  readonly round: number | undefined;
  readonly bytesPerSecond: number | undefined;
}

const STATUS_STYLES: Record<NodeAnswer['status'], Style> = {
  alive: 'green',
  suspect: 'yellow',
  dead: 'red',
  left: 'dim',
};

const HEADINGS = ['node', 'status', ...PRIMARY_METRICS, 'round', 'B/s'] as const;
/** Wide enough for what they hold; ids may be longer and then widen their column. */
const WIDTHS = [6, 7, 7, 7, 10, 8, 7, 6];

/** Lines and characters that the table may take. */
export interface Room {
  readonly lines: number;
  readonly columns: number;
}

const GAP = '  ';

/** Nodes that find no line are counted in the last one; columns that find no room are left out. */
export function fleetTable(rows: readonly FleetRow[], room: Room, paint: Paint): string {
  const widths = [...WIDTHS];
  widths[0] = Math.max(WIDTHS[0] ?? 0, ...rows.map(({ id }) => printable(id).length));
  widths.length = fittingColumns(widths, room.columns);
  const callers = callersLines(rows.filter(isCaller).map(({ id }) => id));
  const nodeLines = Math.max(1, room.lines - 1 - callers.length);
  const shown = rows.length > nodeLines ? rows.slice(0, nodeLines - 1) : rows;
  const lines = [paint('bold', line(HEADINGS, widths))];
  for (const row of shown) lines.push(fleetLine(row, widths, paint));
  const hidden = rows.length - shown.length;
  if (hidden > 0) lines.push(paint('dim', `… and ${hidden} more`));
  for (const text of callers) lines.push(paint('dim', text.slice(0, room.columns)));
  return lines.join('\n');
}

const isCaller = ({ state }: FleetRow): boolean => state?.callsOutOnly === true;

const CALLERS_SHOWN = 8;

/** A line on those that nobody can call, as behind NAT; none where there are none. */
export function callersLines(ids: readonly string[]): string[] {
  if (ids.length === 0) return [];
  const more = ids.length > CALLERS_SHOWN ? ` and ${ids.length - CALLERS_SHOWN} more` : '';
  return [printable(`only calling out: ${ids.slice(0, CALLERS_SHOWN).join(', ')}${more}`)];
}

/** A wrapped line would take two, and the next drawing would miss the first; one always stays. */
function fittingColumns(widths: readonly number[], columns: number): number {
  let end = -GAP.length;
  const missing = widths.findIndex((width) => {
    end += GAP.length + width;
    return end > columns;
  });
  return missing < 0 ? widths.length : Math.max(1, missing);
}

function fleetLine(row: FleetRow, widths: readonly number[], paint: Paint): string {
  const status = row.state?.status ?? 'unknown';
  const cells = [
    printable(row.id),
    status,
    ...PRIMARY_METRICS.map((metric) => metricText(row, metric)),
    row.round === undefined ? '–' : String(row.round),
    row.bytesPerSecond === undefined ? '–' : String(row.bytesPerSecond),
  ];
  const style: Style = status === 'unknown' ? 'dim' : STATUS_STYLES[status];
  const text = line(cells, widths);
  const at = (widths[0] ?? 0) + GAP.length;
  const end = at + (widths[1] ?? 0);
  return text.slice(0, at) + paint(style, text.slice(at, end)) + text.slice(end);
}

/** Words to the left, numbers to the right. */
const line = (cells: readonly string[], widths: readonly number[]): string =>
  widths
    .map((width, i) => (i < 2 ? (cells[i] ?? '').padEnd(width) : (cells[i] ?? '').padStart(width)))
    .join(GAP)
    .trimEnd();

function metricText({ state, families }: FleetRow, name: string): string {
  const held = state?.metrics[name];
  const metric = held && wholeMetric(families, name, held);
  if (metric === undefined) return '–';
  if (metric.unit === '%') return `${metric.value.toFixed(1)} %`;
  return printable(amountText(metric.value, metric.unit));
}

/** A value with its unit, as people say it: 1,234,567 B/s are 1.2 MB/s. */
export const amountText = (value: number, unit: string): string =>
  unit === 'B' || unit === 'B/s' ? bytesText(value, unit) : `${value} ${unit}`.trim();

const STEPS = ['', 'k', 'M', 'G', 'T', 'P'];

/** Steps of 1,000, as disks and networks are sold, and as the dashboard has them. */
function bytesText(bytes: number, unit: string): string {
  let value = bytes;
  let step = 0;
  while (Math.abs(value) >= 999.5 && step < STEPS.length - 1) {
    value /= 1_000;
    step++;
  }
  return `${step === 0 ? Math.round(value) : value.toFixed(1)} ${STEPS[step]}${unit}`;
}
