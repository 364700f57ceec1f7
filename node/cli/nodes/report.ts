// What `npm run nodes` shows: progress, the ready line, then a live table in a terminal, plain
// lines elsewhere, or lines of JSON for programs.

import { setTimeout as sleep } from 'node:timers/promises';
import { printable, printableJson } from '../../core/wire/printable.ts';
import type { RunningNode } from '../../experiment/processes.ts';
import { ask } from '../../host/network/http-client.ts';
import type { ReadyAnswer } from '../../http/answers/health-shapes.ts';
import type { NodeAnswer, StateAnswer } from '../../http/answers/shapes.ts';
import type { NodesOptions } from '../options.ts';
import { createPaint } from '../terminal/paint.ts';
import { amountText, type FleetRow, fleetTable } from './fleet-table.ts';

export interface ClusterReport {
  /** `nodes`: how many said it, where it was more than one. */
  note(line: string, nodes?: number): void;
  started(count: number): void;
  knowing(count: number): void;
  ready(seconds: number, nodes: readonly RunningNode[]): void;
  ended(id: string, reason: string): void;
  stopped(count: number, seconds: number): void;
  /** Shows the cluster until the signal. */
  watch(nodes: readonly RunningNode[], signal: AbortSignal): Promise<void>;
}

/** The table is drawn this often; plain lines come less often. */
const TABLE_MS = 1_000;
const LINES_MS = 10_000;
const ASK_TIMEOUT_MS = 1_500;
const CLEAR_LINE = '\r\x1b[K';

/** Standard output, or what a test puts in its place; absent sizes: no terminal. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly rows?: number;
  readonly columns?: number;
  write(text: string): unknown;
}

export function createReport(options: NodesOptions, out: Screen): ClusterReport {
  const paint = createPaint(out, process.env);
  const isTerminal = out.isTTY === true && !options.isJson;
  const table = createRedrawing(out);
  const json = (value: object): void => void out.write(`${printableJson(value)}\n`);
  const text = (line: string): void => {
    if (isTerminal) table.erase();
    out.write(`${isTerminal ? CLEAR_LINE : ''}${line}\n`);
  };
  const progress = (line: string): void => void out.write(`${CLEAR_LINE}${line}`);
  const say = (value: object, line: string): void => (options.isJson ? json(value) : text(line));
  const { count } = options;
  return {
    note: (line, nodes = 1) =>
      say({ type: 'note', line, ...(nodes > 1 && { nodes }) }, printable(line)),
    started(started) {
      if (options.isJson) json({ type: 'started', started, nodes: count });
      else if (isTerminal) progress(`starting: ${started} of ${count} nodes answer`);
      else if (started === count) text(`started: ${count} nodes answer`);
    },
    knowing(knowing) {
      if (options.isJson) json({ type: 'knowing', knowing, nodes: count });
      else if (isTerminal) progress(`gossiping: ${knowing} of ${count} nodes know all`);
    },
    ready(seconds, nodes) {
      const url = nodes[0]?.url ?? '';
      const all = `ready: ${count} ${count === 1 ? 'node' : 'nodes'} in ${seconds.toFixed(1)} s`;
      say(
        { type: 'ready', nodes: count, seconds: Number(seconds.toFixed(3)), url },
        `${paint('green', all)} — open ${paint('bold', url)} (Ctrl-C stops)`,
      );
    },
    ended: (id, reason) =>
      say({ type: 'ended', node: id, reason }, paint('red', printable(`${id} ended: ${reason}`))),
    stopped: (nodes, seconds) =>
      say(
        { type: 'stopped', nodes, seconds: Number(seconds.toFixed(3)) },
        `stopped: ${nodes} ${nodes === 1 ? 'node' : 'nodes'} in ${seconds.toFixed(1)} s`,
      ),
    async watch(nodes, signal) {
      await lookOften(nodes, isTerminal ? TABLE_MS : LINES_MS, signal, (rows) => {
        if (options.isJson) json({ type: 'state', nodes: rows.map(plainRow) });
        else if (isTerminal) table.draw(fleetTable(rows, roomOf(out), paint));
        else text(summary(rows));
      });
      // It tells of a cluster that is no more, and Ctrl-C has left its mark below it.
      if (isTerminal) table.erase();
    },
  };
}

async function lookOften(
  nodes: readonly RunningNode[],
  everyMs: number,
  signal: AbortSignal,
  show: (rows: readonly FleetRow[]) => void,
): Promise<void> {
  while (!signal.aborted) {
    const rows = await lookAt(nodes);
    if (signal.aborted) return;
    show(rows);
    await sleep(everyMs, undefined, { signal }).catch(() => {});
  }
}

/** Each drawing takes the place of the one before. */
function createRedrawing(out: Screen) {
  let drawnLines = 0;
  const erase = (): void => {
    if (drawnLines > 0) out.write(`\x1b[${drawnLines}A\r\x1b[J`);
    drawnLines = 0;
  };
  return {
    erase,
    draw(text: string) {
      erase();
      out.write(`${text}\n`);
      drawnLines = text.split('\n').length;
    },
  };
}

/** The cursor's line stays free, or every drawing would scroll. */
const roomOf = ({ rows = 24, columns = 80 }: Screen) => ({ lines: rows - 1, columns });

/** The cluster as the first node that answers sees it, and each node's word on its own gossip. */
async function lookAt(nodes: readonly RunningNode[]): Promise<FleetRow[]> {
  const own = await Promise.all(nodes.map((node) => askNode<ReadyAnswer>(node, 'readyz')));
  const first = nodes[own.findIndex((answer) => answer !== undefined)];
  const state = first && (await askNode<StateAnswer>(first, 'state'));
  return nodes.map(({ id }, i) => ({
    id,
    state: state?.nodes[id],
    families: state?.families ?? {},
    round: own[i]?.gossip.round,
    bytesPerSecond: own[i]?.gossip.bytesPerSecond,
  }));
}

async function askNode<T>({ url, ca }: RunningNode, path: string): Promise<T | undefined> {
  const reply = await ask(`${url}/${path}`, ASK_TIMEOUT_MS, { ca }).catch(() => undefined);
  return reply?.status === 200 ? (reply.body as T) : undefined;
}

function summary(rows: readonly FleetRow[]): string {
  const counts = new Map<string, number>();
  for (const { state } of rows) {
    const status = state?.status ?? 'unknown';
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  const rates = rows.flatMap(({ bytesPerSecond }) => bytesPerSecond ?? []);
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / Math.max(1, rates.length);
  const callers = rows.filter(({ state }) => state?.callsOutOnly).length;
  const parts = [...counts].map(([status, count]) => `${count} ${status}`);
  if (callers > 0) parts.push(`${callers} only calling out`);
  return `${parts.join(', ')}; ${amountText(mean, 'B/s')} of gossip a node`;
}

const plainRow = ({ id, state, round, bytesPerSecond }: FleetRow) => ({
  node: id,
  status: state?.status ?? null,
  ...(state?.callsOutOnly && { callsOutOnly: true }),
  metrics: valuesOf(state),
  round: round ?? null,
  bytesPerSecond: bytesPerSecond ?? null,
});

const valuesOf = (state: NodeAnswer | undefined): Record<string, number> =>
  Object.fromEntries(
    Object.entries(state?.metrics ?? {}).map(([name, metric]) => [name, metric.value]),
  );
