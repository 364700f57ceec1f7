// One node as a row of the page's table, which a phone shows as a card.

import { html } from 'hono/html';
import { PRIMARY_METRICS } from '../config/metrics.ts';
import type { MemberReading, MetricReading } from '../core/model.ts';
import { isStale } from '../http/view/view-json.ts';
import { levelOf, reachOf } from './fleet.ts';
import { formatAge, formatValue } from './format.ts';

type Markup = ReturnType<typeof html>;

export interface RowContext {
  readonly self: string;
  readonly monotonicMs: number;
  /** Largest value in the fleet, by metric. */
  readonly largest: ReadonlyMap<string, number>;
}

// A node may tell 255 metrics and any labels; its own page under state/ has them all.
const MAX_OTHERS = 8;
const MAX_LABELS = 4;

const formatReading = ({ value, definition: { unit, resolution } }: MetricReading) =>
  formatValue(value, unit, resolution);

const metricCell = (name: string, reading: MetricReading | undefined, context: RowContext) => {
  if (reading === undefined) return html`<td class="m" data-n="${name}">–</td>`;
  const [value, unit] = formatReading(reading);
  const reach = reachOf(reading, context.largest.get(name) ?? 0);
  // The name is for cards, which have no heading row.
  const level = `m ${levelOf(reading)} w${reach}`;
  const remark = stale(reading, context);
  return html`<td class="${level}" data-n="${name}">${value}<i>${unit}</i>${remark}</td>`;
};

/** Its owner should have sampled it since and did not. */
const stale = (reading: MetricReading, { monotonicMs }: RowContext): Markup | '' =>
  isStale(reading, monotonicMs)
    ? html` <b title="sampled ${formatAge(monotonicMs - reading.sampledAt)}">stale</b>`
    : '';

/** Descriptions show on hover: they are told once, in words of the metric's owner. */
const otherMetric = (reading: MetricReading, context: RowContext): Markup => {
  const { definition } = reading;
  const told = formatReading(reading).join(' ').trimEnd();
  return html`<span title="${definition.description}">${definition.name} <b>${told}</b>${stale(
    reading,
    context,
  )}</span> `;
};

const others = (member: MemberReading, context: RowContext): Markup | '' => {
  const primary: readonly string[] = PRIMARY_METRICS;
  const metrics = member.metrics.filter(({ definition }) => !primary.includes(definition.name));
  const hidden = metrics.length - MAX_OTHERS;
  return html`${metrics.slice(0, MAX_OTHERS).map((reading) => otherMetric(reading, context))}${
    hidden > 0 ? html`<span>and ${hidden} more</span>` : ''
  }`;
};

/** Labels, and what a planned leave said. */
const remarks = ({ address, labels, leave }: MemberReading): string => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const hidden = pairs.length - MAX_LABELS;
  return [
    address.replace(/^http:\/\//, '') || 'only calls out',
    ...pairs.slice(0, MAX_LABELS),
    hidden > 0 ? `+${hidden}` : '',
    leave?.reason ?? '',
  ]
    .filter((text) => text !== '')
    .join(' · ');
};

/** Values of the dead and the left are their last ones; the row's class greys them. */
export const memberRow = (member: MemberReading, context: RowContext): Markup => {
  const { id, status, heardAt, metrics } = member;
  const cells = PRIMARY_METRICS.map((name) =>
    metricCell(
      name,
      metrics.find(({ definition }) => definition.name === name),
      context,
    ),
  );
  const age = id === context.self ? 'this node' : formatAge(context.monotonicMs - heardAt);
  // One odd name must not take the page from all others.
  const link = `state/${encodeURIComponent(id.toWellFormed())}`;
  return html`<tr class="${status}"><th scope="row"><a href="${link}">${id}</a>
<small>${remarks(member)}</small></th><td class="s">${status}</td>${cells}
<td class="o">${others(member, context)}</td><td class="a">${age}</td></tr>
`;
};
