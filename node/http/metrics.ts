// POST /metrics: a user's own metrics in, gossiped like any other.

import { Hono } from 'hono';
import { STANDARD_METRICS } from '../config/metrics.ts';
import type { ClusterView, MetricDefinition } from '../core/model.ts';
import { admin } from './access/admin.ts';
import type { AppDependencies } from './access/dependencies.ts';
import { jsonOnly } from './access/guard.ts';
import { valid } from './access/validate.ts';
import { badRequest, Problem } from './answers/problem.ts';
import type { PublishAnswer } from './answers/shapes.ts';
import { sizeCap } from './answers/size-cap.ts';
import {
  acceptedJson,
  definitionOf,
  fits,
  type UserMetricOutput,
  UserMetrics,
} from './user-metric.ts';
import { headingOf, readClock } from './view/view-json.ts';

type Dependencies = Pick<
  AppDependencies,
  'view' | 'clock' | 'gate' | 'defineMetrics' | 'publish' | 'maxBodyBytes'
>;

interface Wanted {
  readonly value: number;
  readonly definition: MetricDefinition;
}

// A user's value under a standard name would pass for a measured one in the whole cluster.
const STANDARD_NAMES = new Set(STANDARD_METRICS.map(({ name }) => name));

/** Each value with its whole definition; `view` holds what earlier posts said. */
const wantedOf = (metrics: readonly UserMetricOutput[], view: ClusterView): Wanted[] => {
  const own = view.member(view.selfId)?.metrics ?? [];
  const known = new Map(own.map(({ definition }) => [definition.name, definition]));
  return metrics.map((metric) => {
    if (STANDARD_NAMES.has(metric.name)) {
      throw new Problem({
        status: 409,
        code: 'standard_metric',
        title: 'The name is taken',
        detail: `${metric.name} is a standard metric, measured by the node; choose another name.`,
      });
    }
    const definition = definitionOf(metric, known.get(metric.name));
    if (fits(metric.value, definition)) return { value: metric.value, definition };
    throw badRequest(
      'value_too_large',
      `${metric.name} has the value ${metric.value}, too large to keep a delta that small; ` +
        'give a larger delta, or the value in a larger unit.',
    );
  });
};

/** Nothing is published unless everything was understood and defined. */
const publish = (wanted: readonly Wanted[], deps: Dependencies): void => {
  const undefinable = deps.defineMetrics(wanted.map(({ definition }) => definition));
  if (undefinable !== undefined) throw new Problem(undefinable);
  const readings = wanted.map(({ definition, value }) => ({ metric: definition.name, value }));
  const [refusal] = deps.publish(readings);
  if (refusal !== undefined) throw new Problem(refusal);
};

export const metricRoutes = (deps: Dependencies) =>
  new Hono().post(
    '/metrics',
    jsonOnly,
    sizeCap(deps.maxBodyBytes),
    admin(deps, '/metrics'),
    valid('json', UserMetrics),
    (c) => {
      const wanted = wantedOf(c.req.valid('json'), deps.view);
      publish(wanted, deps);
      const metrics = wanted.map(({ value, definition }) => acceptedJson(value, definition));
      return c.json<PublishAnswer, 202>(
        { ...headingOf(deps.view, readClock(deps.clock)), metrics },
        202,
      );
    },
  );
