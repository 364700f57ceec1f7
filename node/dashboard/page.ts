// The page of the fleet as HTML; everything that a peer or a user named is escaped by `html`.

import { Hono } from 'hono';
import { html, raw } from 'hono/html';
import { PRIMARY_METRICS, STANDARD_METRICS } from '../config/metrics.ts';
import type { ClusterView, MemberHead } from '../core/model.ts';
import type { AppDependencies } from '../http/access/dependencies.ts';
import { pageHeaders } from '../http/access/policy.ts';
import type { Answering } from '../http/answers/answering.ts';
import type { GossipStats } from '../http/answers/health-shapes.ts';
import type { Piece } from '../http/answers/turns.ts';
import { countsOf, inOrder, noteLargest, summaryOf } from './fleet.ts';
import { formatCount, formatValue } from './format.ts';
import { memberRow } from './row.ts';
import { REFRESH_MS, SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

type Markup = ReturnType<typeof html>;

export interface PageContent {
  readonly view: ClusterView;
  readonly stats: GossipStats;
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** Bounds the page; problems come first, so that what is cut off is calm. */
const MAX_ROWS = 500;

const HEADINGS = PRIMARY_METRICS.map((name) => ({
  name,
  description: STANDARD_METRICS.find((metric) => metric.name === name)?.description ?? name,
}));

const EMPTY = html`<p class="e">No node is known yet. This one is still starting.</p>`;

function* table(
  { view, monotonicMs }: PageContent,
  heads: readonly MemberHead[],
): Generator<Piece> {
  if (heads.length === 0) return yield String(EMPTY);
  const shown = inOrder(heads)
    .slice(0, MAX_ROWS)
    .map(({ id }) => id);
  const largest = new Map<string, number>();
  for (const id of shown) yield noteLargest(largest, view.member(id));
  const metrics = HEADINGS.map(
    ({ name, description }) => html`<th scope="col" title="${description}">${name}</th>`,
  );
  const head = html`<table><thead><tr><th scope="col">node</th><th scope="col">status</th>${metrics}
<th scope="col">also</th><th scope="col">heard</th></tr></thead><tbody>`;
  yield String(head);
  // Read again, for the readings of all of them together would take much memory.
  for (const id of shown) {
    const member = view.member(id);
    if (member === undefined) continue;
    yield ROW_COST;
    yield String(memberRow(member, { monotonicMs, self: view.selfId, largest }));
  }
  yield '</tbody></table>';
}

/** A row takes as long as some dozen metrics of `/state`, of which its text is but a part. */
const ROW_COST = 32;

/** What a reader should know before the table: rows left out, or how to get a second node. */
const hint = ({ view }: PageContent, heads: readonly MemberHead[]): Markup | string => {
  const [only] = heads;
  if (heads.length > MAX_ROWS) {
    const [shown, all] = [formatCount(MAX_ROWS, 'node'), formatCount(heads.length, 'node')];
    return html`<p class="note">${shown} shown of ${all}, problems first;
<a href="state">state</a> has all.</p>`;
  }
  const address = only && view.member(only.id)?.address;
  if (heads.length !== 1 || !address) return '';
  return html`<p class="note">Alone so far. Start another node with
<code>--join ${address}</code>.</p>`;
};

/** The part that the script replaces at every refresh. */
function* fleet(content: PageContent, heads: readonly MemberHead[]): Generator<Piece> {
  const { view, stats, wallMs } = content;
  const traffic = formatValue(stats.bytesPerSecond, 'B/s').join(' ');
  const clock = new Date(wallMs).toISOString().slice(11, 19);
  yield String(html`<p class="sum">${summaryOf(countsOf(heads))}</p>
<p class="by">as ${view.selfId} sees it at ${clock} UTC · round ${stats.round}, every
${(stats.roundMs / 1_000).toFixed(1)} s · gossip ${traffic}</p>
${hint(content, heads)}`);
  yield* table(content, heads);
}

/** Problems lead, for a browser's tab shows the first words alone. */
const titleOf = (cluster: string, heads: readonly MemberHead[]): string => {
  const { dead, suspect } = countsOf(heads);
  const problems = [dead && `${dead} dead`, suspect && `${suspect} suspect`].filter(Boolean);
  return [...problems, cluster, 'PrioMon'].join(' · ');
};

/** The page, piece by piece. */
export function* pageText(content: PageContent): Generator<Piece> {
  const { selfId, cluster } = content.view;
  const heads = content.view.heads();
  yield String(html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<noscript><meta http-equiv="refresh" content="${REFRESH_MS / 1_000}"></noscript>
<title>${titleOf(cluster, heads)}</title><link rel="icon" href="data:,">
<style>${raw(STYLE)}</style></head><body><main>
<header><h1><small>PRIOMON</small>${cluster}</h1><button hidden>Pause</button></header>
<p class="note" id="lost" role="alert" hidden>${selfId} does not answer; this is what it
knew last.</p>
<div id="fleet">`);
  yield* fleet(content, heads);
  yield String(html`</div>
<footer><a href="state">state</a><a href="members">members</a><a href="readyz">health</a></footer>
</main><script>${raw(SCRIPT)}</script></body></html>
`);
}

type Dependencies = Pick<AppDependencies, 'view' | 'stats'> & { readonly answering: Answering };

/** GET /, with the headers that keep the page to itself. */
export const pageRoutes = ({ view, stats, answering }: Dependencies) => {
  let headers: Promise<Readonly<Record<string, string>>> | undefined;
  return new Hono().get('/', answering.recall, async (c) => {
    headers ??= pageHeaders({ style: STYLE, script: SCRIPT }).then((policy) => ({
      ...policy,
      'Content-Type': 'text/html; charset=UTF-8',
    }));
    const own = await headers;
    return answering.answer(c, (now) => pageText({ view, stats: stats(), ...now }), own);
  });
};
