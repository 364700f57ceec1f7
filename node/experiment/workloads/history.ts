// A trace from the history that a running node has stored, of itself and of all it has heard.

import * as v from 'valibot';
import { OperatingError } from '../../errors.ts';
import { ask } from '../../host/network/http-client.ts';
import { buildTrace, type Trace, type TraceRow } from './traces/trace.ts';

/** What `GET /history` answers at most. */
const PAGE_ROWS = 10_000;
/** Together as many rows as a trace file may have; of longer histories the newest are taken. */
const MAX_PAGES = 100;

const time = v.pipe(
  v.string(),
  v.transform((text) => Date.parse(text)),
  v.number(),
);

const HistoryPage = v.object({
  from: v.string(),
  to: time,
  limited: v.boolean(),
  points: v.array(
    v.object({
      node: v.string(),
      metric: v.string(),
      at: time,
      avg: v.pipe(v.number(), v.finite()),
    }),
  ),
});

type Page = v.InferOutput<typeof HistoryPage>;

/**
 * `url` is a node's address, or its `/history` with parameters, such as
 * `http://10.0.0.7:4001/history?from=30m&node=web-1`; without them the last hour of all nodes.
 * `timeoutMs` is how long each page of 10,000 rows may take. Rejects with an OperatingError.
 */
export async function fetchHistory(url: string, timeoutMs: number): Promise<Trace> {
  const address = addressOf(url);
  const pages: TraceRow[][] = [];
  let page = await fetchPage(address, timeoutMs);
  // The first answer has turned ages such as `1h` into times, which later pages must share.
  const { from } = page;
  while (page.limited && pages.length < MAX_PAGES - 1) {
    const { rows, oldestMs } = withoutOldest(page, address);
    pages.push(rows);
    address.searchParams.set('from', from);
    address.searchParams.set('to', String(oldestMs));
    page = await fetchPage(address, timeoutMs);
  }
  pages.push(page.points.map(rowOf));
  const rows = pages.flat().sort((a, b) => a.atMs - b.atMs);
  const trace = buildTrace(rows);
  if (trace !== undefined) return trace;
  const message =
    `${url} has stored nothing that could be replayed between ${from} and now; ` +
    'choose a longer time with ?from=6h, or a node that has run for longer.';
  throw new OperatingError('trace_empty', message);
}

function addressOf(url: string): URL {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    const fix = 'give it as http://host:port';
    throw new OperatingError('trace_url', `${JSON.stringify(url)} is no URL of a node; ${fix}.`);
  }
  const address = new URL(url);
  const path = address.pathname.replace(/\/+$/, '');
  address.pathname = path.endsWith('/history') ? path : `${path}/history`;
  address.searchParams.set('limit', String(PAGE_ROWS));
  return address;
}

async function fetchPage(address: URL, timeoutMs: number): Promise<Page> {
  const { status, body } = await ask(address, timeoutMs).catch((cause: unknown) => {
    if (!(cause instanceof OperatingError)) throw cause;
    const message = `${cause.message}: is a node running there?`;
    throw new OperatingError(cause.code, message, { cause });
  });
  const page = v.safeParse(HistoryPage, body);
  if (status === 200 && page.success) return page.output;
  const problem = v.safeParse(v.object({ detail: v.string() }), body);
  const said = problem.success
    ? problem.output.detail
    : `it answered ${status}, and not as a node does.`;
  throw new OperatingError('trace_refused', `${address.origin} gave no history: ${said}`);
}

/** The limit may have cut through the samples of the oldest time: the next page has all of them. */
function withoutOldest(
  { points, to }: Page,
  { origin }: URL,
): { rows: TraceRow[]; oldestMs: number } {
  const oldestMs = points[0]?.at ?? to;
  const rows = points.filter(({ at }) => at > oldestMs).map(rowOf);
  if (rows.length > 0) return { rows, oldestMs };
  const many = `${PAGE_ROWS} samples of one millisecond`;
  const message = `${origin} has ${many}; choose fewer with ?node=.`;
  throw new OperatingError('trace_dense', message);
}

/** A bucket counts with its mean, from its start. */
const rowOf = ({ node, metric, at, avg }: Page['points'][number]): TraceRow => ({
  atMs: at,
  node,
  metric,
  value: avg,
});
