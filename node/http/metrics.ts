// POST /metrics: a user's own metrics in, gossiped like any other. DELETE /metrics/:name ends one.

import { Hono } from 'hono';
import { STANDARD_METRICS } from '../config/metrics.ts';
import { nearestName } from '../config/nearest.ts';
import { timeAfter } from '../config/times.ts';
import { familyOf, metricName } from '../core/data/series.ts';
import { admin } from './access/admin.ts';
import type { AppDependencies, PostedMetric } from './access/dependencies.ts';
import { jsonOnly } from './access/guard.ts';
import { valid } from './access/validate.ts';
import { badRequest, notFound, Problem } from './answers/problem.ts';
import type { EndedAnswer, PublishAnswer } from './answers/shapes.ts';
import { sizeCap } from './answers/size-cap.ts';
import {
  acceptedJson,
  definitionOf,
  fits,
  labelValuesOf,
  type UserMetricOutput,
  UserMetrics,
} from './user-metric.ts';
import { headingOf, readClock } from './view/view-json.ts';

type Dependencies = Pick<
  AppDependencies,
  'view' | 'clock' | 'gate' | 'userMetrics' | 'publish' | 'maxBodyBytes'
>;

interface Wanted extends PostedMetric {
  readonly value: number;
  readonly labelValues: readonly string[];
  /** With its labels. */
  readonly metric: string;
}

// A user's value under a standard name would pass for a measured one in the whole cluster.
const STANDARD_NAMES = new Set(STANDARD_METRICS.map(({ name }) => name));

/** Each value with its whole definition; `view` holds what earlier posts said. */
const wantedOf = (
  metrics: readonly UserMetricOutput[],
  { view, clock }: Pick<Dependencies, 'view' | 'clock'>,
): Wanted[] => {
  const nowMs = clock.wallMs();
  const own = view.member(view.selfId)?.metrics ?? [];
  const families = own.map(({ definition }) => familyOf(definition));
  const known = new Map(families.map((family) => [family.name, family]));
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
    const { value, expires } = metric;
    if (expires && timeAfter(expires, nowMs) <= nowMs) throw past(metric.name);
    const labelValues = labelValuesOf(metric);
    const name = metricName(definition, labelValues);
    if (fits(value, definition)) return { value, definition, labelValues, metric: name, expires };
    throw badRequest(
      'value_too_large',
      `${metric.name} has the value ${metric.value}, too large to keep a delta that small; ` +
        'give a larger delta, or the value in a larger unit.',
    );
  });
};

const past = (name: string): Problem =>
  badRequest('expired', `\`expires\` of ${name} is not in the future; give a later time, or none.`);

/** Nothing is published unless everything was understood and defined. */
const publish = (wanted: readonly Wanted[], deps: Dependencies): void => {
  const undefinable = deps.userMetrics.define(wanted);
  if (undefinable !== undefined) throw new Problem(undefinable);
  const readings = wanted.map(({ metric, value }) => ({ metric, value }));
  const [refusal] = deps.publish(readings);
  if (refusal !== undefined) throw new Problem(refusal);
};

/** How a metric ends that is none, or none of a user's. */
const refuseEnd = (name: string, { userMetrics }: Dependencies, reason: string): never => {
  if (reason === 'measured') {
    throw new Problem({
      status: 409,
      code: 'standard_metric',
      title: 'The metric is measured',
      detail: `${name} is measured by the node; set metrics.${name}.gossip to false to end it.`,
    });
  }
  const near = nearestName(name, userMetrics.names());
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  throw notFound('unknown_metric', `No metric ${name} was posted to this node.${hint}`);
};

export const metricRoutes = (deps: Dependencies) => {
  const { view, clock, userMetrics } = deps;
  const heading = () => headingOf(view, readClock(clock));
  return new Hono()
    .post(
      '/metrics',
      jsonOnly,
      sizeCap(deps.maxBodyBytes),
      admin(deps, '/metrics'),
      valid('json', UserMetrics),
      (c) => {
        const wanted = wantedOf(c.req.valid('json'), deps);
        publish(wanted, deps);
        const metrics = wanted.map(({ value, definition, labelValues, metric }) =>
          acceptedJson(value, definition, labelValues, userMetrics.expiresAt(metric)),
        );
        return c.json<PublishAnswer, 202>({ ...heading(), metrics }, 202);
      },
    )
    .delete('/metrics/:name', sizeCap(deps.maxBodyBytes), admin(deps, '/metrics/*'), (c) => {
      const metric = c.req.param('name');
      const outcome = userMetrics.end(metric);
      if (outcome !== 'ended') return refuseEnd(metric, deps, outcome);
      return c.json<EndedAnswer, 200>({ ...heading(), metric, ended: true }, 200);
    });
};
