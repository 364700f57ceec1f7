// The page of the fleet as HTML; everything that a peer or a user named is escaped by `html`.

import { html, raw } from 'hono/html';
import { PRIMARY_METRICS, STANDARD_METRICS } from '../config/metrics.ts';
import type { MemberReading } from '../core/model.ts';
import type { GossipStats } from '../http/dependencies.ts';
import { countsOf, inOrder, largestOf, summaryOf } from './fleet.ts';
import { formatCount, formatValue } from './format.ts';
import { memberRow } from './row.ts';
import { REFRESH_MS, SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

type Markup = ReturnType<typeof html>;

export interface PageContent {
  readonly self: string;
  readonly cluster: string;
  readonly members: readonly MemberReading[];
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

const table = ({ members, monotonicMs, self }: PageContent): Markup => {
  if (members.length === 0) return EMPTY;
  const context = { monotonicMs, self, largest: largestOf(members) };
  const rows = inOrder(members)
    .slice(0, MAX_ROWS)
    .map((member) => memberRow(member, context));
  const metrics = HEADINGS.map(
    ({ name, description }) => html`<th scope="col" title="${description}">${name}</th>`,
  );
  return html`<table><thead><tr><th scope="col">node</th><th scope="col">status</th>${metrics}
<th scope="col">also</th><th scope="col">heard</th></tr></thead><tbody>${rows}</tbody></table>`;
};

/** What a reader should know before the table: rows left out, or how to get a second node. */
const hint = ({ members }: PageContent): Markup | string => {
  const [only] = members;
  if (members.length > MAX_ROWS) {
    const [shown, all] = [formatCount(MAX_ROWS, 'node'), formatCount(members.length, 'node')];
    return html`<p class="note">${shown} shown of ${all}, problems first;
<a href="state">state</a> has all.</p>`;
  }
  if (members.length !== 1 || only === undefined || only.address === '') return '';
  return html`<p class="note">Alone so far. Start another node with
<code>--join ${only.address}</code>.</p>`;
};

/** The part that the script replaces at every refresh. */
const fleet = (content: PageContent): Markup => {
  const { self, stats, wallMs } = content;
  const traffic = formatValue(stats.bytesPerSecond, 'B/s').join(' ');
  const clock = new Date(wallMs).toISOString().slice(11, 19);
  return html`<p class="sum">${summaryOf(countsOf(content.members))}</p>
<p class="by">as ${self} sees it at ${clock} UTC · round ${stats.round}, every
${(stats.roundMs / 1_000).toFixed(1)} s · gossip ${traffic}</p>
${hint(content)}${table(content)}`;
};

/** Problems lead, for a browser's tab shows the first words alone. */
const titleOf = ({ cluster, members }: PageContent): string => {
  const { dead, suspect } = countsOf(members);
  const problems = [dead && `${dead} dead`, suspect && `${suspect} suspect`].filter(Boolean);
  return [...problems, cluster, 'PrioMon'].join(' · ');
};

export const renderPage = (content: PageContent): Markup => html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<noscript><meta http-equiv="refresh" content="${REFRESH_MS / 1_000}"></noscript>
<title>${titleOf(content)}</title><link rel="icon" href="data:,">
<style>${raw(STYLE)}</style></head><body><main>
<header><h1><small>PRIOMON</small>${content.cluster}</h1><button hidden>Pause</button></header>
<p class="note" id="lost" role="alert" hidden>${content.self} does not answer; this is what it
knew last.</p>
<div id="fleet">${fleet(content)}</div>
<footer><a href="state">state</a><a href="members">members</a><a href="readyz">health</a></footer>
</main><script>${raw(SCRIPT)}</script></body></html>
`;
