// The metrics that users post: which definitions they have, when they end, and who gives way to a
// new name when a node has as many as it can hold.

import type { PostedMetric, Refusal, UserMetrics } from '../app.ts';
import { type Moment, timeAfter } from '../config/times.ts';
import type { MetricDefinition } from '../core/model.ts';
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

  const note = ({ definition: { name }, expires }: PostedMetric): void => {
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
      const definitions = wanted.map(({ definition }) => definition);
      const known = driver.definitions();
      const other = definitions.find((definition) => isOther(definition, known));
      if (other !== undefined) return definedOtherwise(other.name);
      const added = definitions.filter(({ name }) => !known.has(name));
      const needed = known.size + added.length - most();
      if (needed > 0) {
        const refusal = makeRoom(needed, new Set(definitions.map(({ name }) => name)));
        if (refusal !== undefined) return refusal;
      }
      for (const definition of added) driver.define(definition);
      for (const each of wanted) note(each);
      return undefined;
    },
    expiresAt(name) {
      const posted = posts.get(name);
      return posted && endOf(posted);
    },
    end(name) {
      if (measured.has(name)) return 'measured';
      if (!driver.definitions().has(name)) return 'unknown';
      end([name]);
      return 'ended';
    },
    names: () => [...driver.definitions().keys()].filter((name) => !measured.has(name)),
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

const isOther = (
  definition: MetricDefinition,
  known: ReadonlyMap<string, MetricDefinition>,
): boolean => {
  const held = known.get(definition.name);
  return held !== undefined && JSON.stringify(held) !== JSON.stringify(definition);
};

/** A metric keeps its definition until it ends: peers learned it once. */
const definedOtherwise = (name: string): Refusal<409> => ({
  status: 409,
  code: 'metric_defined',
  title: 'The metric is defined already',
  detail:
    `${name} was defined with another unit, description, priority or delta; leave these out, ` +
    'delete the metric first (DELETE /metrics/NAME), or choose another name.',
});

const tooMany = (count: number, most: number, retryAfterSeconds: number): Refusal<429> => ({
  status: 429,
  code: 'too_many_metrics',
  title: 'Too many metrics',
  detail:
    `This node has ${count} of ${most} metrics, and none that nobody posted for an hour; post ` +
    `fewer names, start it with a higher max_metrics, or try again in ${retryAfterSeconds} s.`,
  retryAfterSeconds,
});
