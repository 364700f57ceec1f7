// Which members of the view an answer tells: those that pass its filter, a page of them at most.

import type { Context } from 'hono';
import type { ClusterView, MemberReading, MetricReading } from '../../core/model.ts';
import type { Closing } from '../answers/shapes.ts';
import type { Piece } from '../answers/turns.ts';
import { type FilterInput, MAX_PAGE_NODES, type ViewFilter } from './filter.ts';

/** Some 5 MB of text: a fleet of 1,000 nodes that tell 32 metrics each is one page. */
const MAX_PAGE_METRICS = 32_000;

export interface Selected {
  readonly member: MemberReading;
  /** Of its metrics, those that were asked for. */
  readonly metrics: readonly MetricReading[];
}

export interface Selection {
  /** A number tells what it took to look at a node that is not among them. */
  readonly members: Iterator<Selected | number>;
  /** After the last one: the node to read on after; undefined where there is no more. */
  end(): string | undefined;
}

type Members = Pick<ClusterView, 'heads' | 'member'>;

/** The same nodes as they are now, with no metrics: those cost most, and may be told to nobody. */
export function withoutMetrics(view: Members): Members {
  const heads = view.heads();
  const byId = new Map(heads.map((head) => [head.id, { ...head, metrics: [] }]));
  return { heads: () => heads, member: (id) => byId.get(id) };
}

/** One that is told only in part, such as by rows over a threshold, counts as a whole one. */
export function selectPage(
  view: Members,
  filter: ViewFilter,
  { limit = MAX_PAGE_NODES, after }: Pick<FilterInput, 'limit' | 'after'>,
): Selection {
  let end: string | undefined;
  const read = function* (): Generator<Selected | number> {
    let last = after;
    let nodes = 0;
    let told = 0;
    for (const found of selectAll(view, filter, after)) {
      if (typeof found !== 'number') {
        if (nodes === limit || (nodes > 0 && told + found.metrics.length > MAX_PAGE_METRICS)) {
          end = last;
          return;
        }
        nodes++;
        told += found.metrics.length;
        last = found.member.id;
      }
      yield found;
    }
  };
  return { members: read(), end: () => end };
}

/** A slow reader sees later ones as they are by then, and none that is gone. */
export function* selectAll(
  view: Members,
  filter: ViewFilter,
  after?: string,
): Generator<Selected | number> {
  for (const head of view.heads()) {
    if (after !== undefined && head.id <= after) continue;
    const member = filter.member(head) ? view.member(head.id) : undefined;
    const metrics = member && (yield* filter.metrics(member.metrics));
    if (member === undefined || metrics === undefined) {
      yield filter.cost + (member?.metrics.length ?? 0) / METRICS_READ;
    } else {
      if (filter.cost > 1 || metrics.length < member.metrics.length) {
        yield filter.cost + member.metrics.length / METRICS_READ;
      }
      yield { member, metrics };
    }
  }
}

/** So many metrics are read, and left out, in the time that it takes to tell one. */
const METRICS_READ = 4;

/** Where the rest of a page is, relative to the address that was asked. */
export const nextOf = (c: Context, after: string | undefined): Closing => {
  if (after === undefined) return {};
  const { pathname, searchParams } = new URL(c.req.url);
  searchParams.set('after', after);
  return { next: `${pathname.slice(pathname.lastIndexOf('/') + 1)}?${searchParams}` };
};

/** The members of a page as text, with commas between them. */
export function* textsOf(
  members: Selection['members'],
  text: (selected: Selected) => string,
): Generator<Piece> {
  let comma = '';
  for (let step = members.next(); step.done !== true; step = members.next()) {
    if (typeof step.value === 'number') yield step.value;
    else {
      const told = text(step.value);
      yield told === '' ? step.value.metrics.length : `${comma}${told}`;
      if (told !== '') comma = ',';
    }
  }
}
