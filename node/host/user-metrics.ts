// The metrics that users post: which definitions they have, when they end, and which gives way to a
// new name when a node has as many as it can hold.

import type { PostedMetric, Refusal, UserMetrics } from '../app.ts';
import { type Moment, timeAfter } from '../config/times.ts';
import { familyOf, metricName } from '../core/data/series.ts';
import type { MetricDefinition } from '../core/model.ts';
import { definitionArray } from '../core/wire/encode.ts';
import type { Driver } from '../driver.ts';
import type { Clock } from '../ports.ts';

/** A metric that nobody posted for so long gives way to others, ms. */
const ENDS_AFTER_MS = 3_600_000;

/** What outlives the memory of a node that sleeps; wall clock, ms. */
export interface KeptUserMetric {
  readonly name: string;
  readonly postedAtMs: number;
  readonly expires?: Moment;
}

export interface UserMetricParts {
  readonly driver: Pick<
    Driver,
    'definitions' | 'define' | 'endMetrics' | 'factCount' | 'subscribe'
  >;
  readonly clock: Pick<Clock, 'monotonicMs' | 'wallMs'>;
  readonly maxMetrics: number;
  /** Names that the node's own probes have: no user's. */
  readonly measured: ReadonlySet<string>;
  readonly kept?: readonly KeptUserMetric[] | undefined;
}

export interface HostedUserMetrics extends UserMetrics {
  keep(): KeptUserMetric[];
}

/** Of one metric. */
interface Posted {
  /** Monotonic, ms. */
  readonly at: number;
  /** A span counts from each post. */
  readonly expires?: Moment | undefined;
}

export function createUserMetrics(parts: UserMetricParts): HostedUserMetrics {
  const { driver, clock, maxMetrics, measured } = parts;
  const most = (): number => Math.max(0, maxMetrics - driver.factCount());
  // In the order of the last post: the first gives way first.
  const posts = restored(parts);
  let refusedPosts = 0;

  const note = ({ name, expires }: Named): void => {
    const before = posts.get(name)?.expires;
    posts.delete(name);
    const known = expires === undefined ? before : (expires ?? undefined);
    posts.set(name, { at: clock.monotonicMs(), expires: known });
  };
  const end = (names: readonly string[]): void => {
    driver.endMetrics(names);
    for (const name of names) posts.delete(name);
  };
  const endOf = ({ at, expires }: Posted): number | undefined =>
    expires && timeAfter(expires, clock.wallMs() - (clock.monotonicMs() - at));
  const endExpired = (): void => {
    const isOver = (posted: Posted): boolean => (endOf(posted) ?? Infinity) <= clock.wallMs();
    const over = [...posts].filter(([, posted]) => isOver(posted)).map(([name]) => name);
    if (over.length > 0) end(over);
  };
  /** Ends what may give way; a refusal when that is too little. */
  const makeRoom = (needed: number, posted: ReadonlySet<string>): Refusal<429> | undefined => {
    const now = clock.monotonicMs();
    const others = [...posts].filter(([name]) => !posted.has(name));
    const ended = others.filter(([, { at }]) => now - at >= ENDS_AFTER_MS).map(([name]) => name);
    const enoughAt = (others[needed - 1]?.[1].at ?? now) + ENDS_AFTER_MS;
    if (ended.length < needed) {
      return tooMany(driver.definitions().size, most(), Math.ceil((enoughAt - now) / 1_000));
    }
    end(ended);
    return undefined;
  };
  // Without a timer: one would keep an object awake that pays for its time.
  driver.subscribe((event) => {
    if (event.type === 'sampled') endExpired();
  }, 'metrics that expire');

  return {
    define(wanted) {
      const named = wanted.map(withName);
      const known = driver.definitions();
      const other = otherFamily(named, known);
      if (other !== undefined) return definedOtherwise(other);
      const added = named.filter(({ name }) => !known.has(name));
      const needed = known.size + added.length - most();
      if (needed > 0) {
        const refusal = makeRoom(needed, new Set(named.map(({ name }) => name)));
        if (refusal !== undefined) {
          refusedPosts++;
          return refusal;
        }
      }
      for (const { definition, labelValues } of added) driver.define(definition, labelValues);
      for (const each of named) note(each);
      return undefined;
    },
    expiresAt(name) {
      const posted = posts.get(name);
      return posted && endOf(posted);
    },
    end(name) {
      if (measured.has(name)) return 'measured';
      const ended = [...driver.definitions().values()]
        .filter((metric) => !measured.has(metric.name))
        .filter((metric) => metric.name === name || metric.family === name);
      if (ended.length === 0) return 'unknown';
      end(ended.map((metric) => metric.name));
      return 'ended';
    },
    names: () => [...driver.definitions().keys()].filter((name) => !measured.has(name)),
    counts: () => ({ told: driver.definitions().size, most: most(), refusedPosts }),
    keep: () =>
      [...posts].map(([name, { at, expires }]) => {
        const postedAtMs = clock.wallMs() - (clock.monotonicMs() - at);
        return { name, postedAtMs, ...(expires !== undefined && { expires }) };
      }),
  };
}

/** What users posted before a sleep; of what nobody knows any more when, it was now. */
function restored({ driver, clock, measured, kept = [] }: UserMetricParts): Map<string, Posted> {
  const posts = new Map<string, Posted>();
  const shiftMs = clock.monotonicMs() - clock.wallMs();
  for (const { name, postedAtMs, expires } of kept) {
    if (driver.definitions().has(name)) posts.set(name, { at: postedAtMs + shiftMs, expires });
  }
  for (const name of driver.definitions().keys()) {
    if (!measured.has(name) && !posts.has(name)) posts.set(name, { at: clock.monotonicMs() });
  }
  return posts;
}

/** A posted metric with the name that it has among all. */
interface Named extends PostedMetric {
  readonly name: string;
}

const withName = (posted: PostedMetric): Named => ({
  ...posted,
  name: metricName(posted.definition, posted.labelValues ?? []),
});

/** The same of equal definitions, wherever they come from. */
const textOf = (definition: MetricDefinition): string =>
  JSON.stringify(definitionArray(definition));

/** The first family that is defined otherwise, on this node or in the same post. */
function otherFamily(
  wanted: readonly Named[],
  known: ReadonlyMap<string, MetricDefinition>,
): string | undefined {
  const families = new Map(
    [...known.values()].map(familyOf).map((family) => [family.name, textOf(family)]),
  );
  for (const { definition } of wanted) {
    const text = textOf(definition);
    const held = families.get(definition.name);
    if (held !== undefined && held !== text) return definition.name;
    families.set(definition.name, text);
  }
  return undefined;
}

/** A metric keeps its definition until it ends: peers learned it once. */
const definedOtherwise = (name: string): Refusal<409> => ({
  status: 409,
  code: 'metric_defined',
  title: 'The metric is defined already',
  detail:
    `${name} was defined with another unit, kind, description, priority or delta, or with other ` +
    'labels; leave out what is not new, delete it first (DELETE /metrics/NAME), or choose ' +
    'another name.',
});

const tooMany = (count: number, most: number, retryAfterSeconds: number): Refusal<429> => ({
  status: 429,
  code: 'too_many_metrics',
  title: 'Too many metrics',
  detail:
    `This node has ${count} of ${most} metrics, and all were posted within the last hour; post ` +
    `fewer names, start it with a higher max_metrics, or try again in ${retryAfterSeconds} s.`,
  retryAfterSeconds,
});
