// The metrics that users post: which definitions they have, and who gives way to a new name when a
// node has as many as it can hold.

import type { Refusal } from '../app.ts';
import type { MetricDefinition } from '../core/model.ts';
import type { Driver } from '../driver.ts';
import type { Clock } from '../ports.ts';

/** A metric that nobody posted for so long gives way to others, ms. */
const ENDS_AFTER_MS = 3_600_000;
/** To make room costs the cluster what a restart costs, so it is not done more often, ms. */
const RENEW_EVERY_MS = 600_000;

export interface UserMetrics {
  /** Of each post; all or none, and the same definition again is fine. */
  define(definitions: readonly MetricDefinition[]): Refusal<409 | 429> | undefined;
}

export interface UserMetricParts {
  readonly driver: Pick<Driver, 'definitions' | 'define' | 'endMetrics'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly maxMetrics: number;
}

export function createUserMetrics({ driver, clock, maxMetrics }: UserMetricParts): UserMetrics {
  // In the order of the last post: the first gives way first.
  const postedAt = new Map<string, number>();
  let renewedAt = Number.NEGATIVE_INFINITY;

  const note = (name: string): void => {
    postedAt.delete(name);
    postedAt.set(name, clock.monotonicMs());
  };

  /** Ends what may give way, all at once; a refusal when that is too little, or too soon. */
  const makeRoom = (needed: number, posted: ReadonlySet<string>): Refusal<429> | undefined => {
    const now = clock.monotonicMs();
    const others = [...postedAt].filter(([name]) => !posted.has(name));
    const ended = others.filter(([, at]) => now - at >= ENDS_AFTER_MS).map(([name]) => name);
    const enoughAt = (others[needed - 1]?.[1] ?? now) + ENDS_AFTER_MS;
    const freeAt = Math.max(enoughAt, renewedAt + RENEW_EVERY_MS);
    if (ended.length < needed || freeAt > now) {
      return tooMany(driver.definitions().size, maxMetrics, Math.ceil((freeAt - now) / 1_000));
    }
    renewedAt = now;
    driver.endMetrics(ended);
    for (const name of ended) postedAt.delete(name);
    return undefined;
  };

  return {
    define(definitions) {
      const known = driver.definitions();
      const other = definitions.find((definition) => isOther(definition, known));
      if (other !== undefined) return definedOtherwise(other.name);
      const added = definitions.filter(({ name }) => !known.has(name));
      const needed = known.size + added.length - maxMetrics;
      if (needed > 0) {
        const refusal = makeRoom(needed, new Set(definitions.map(({ name }) => name)));
        if (refusal !== undefined) return refusal;
      }
      for (const definition of added) driver.define(definition);
      for (const { name } of definitions) note(name);
      return undefined;
    },
  };
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
    `${name} was defined with another unit, description, priority or delta; leave these out, or ` +
    'choose another name.',
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
