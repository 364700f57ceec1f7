// A user's metric: what may be posted, and the definition it becomes.

import * as v from 'valibot';
import { DELTA_RULE, formatDelta, readDelta, withFloor } from '../config/delta.ts';
import { metricOf } from '../core/data/series.ts';
import type { Delta, MetricDefinition } from '../core/model.ts';
import { LIMITS } from '../core/wire/messages.ts';
import { isPlain, printable } from '../core/wire/printable.ts';
import { utf8Length } from '../core/wire/sizes.ts';
import { bodyMoment, exactly } from './access/validate.ts';
import { isoTime, roundTo } from './answers/number.ts';
import type { AcceptedMetric } from './answers/shapes.ts';
import { labelsJson } from './view/families.ts';

const text = (most: number) =>
  v.pipe(
    v.string('must be text'),
    v.maxLength(most, `has ${most} characters at most`),
    v.check(isPlain, 'must not hold control characters or invisible ones'),
  );

const finite = v.pipe(
  v.number((issue) => `must be a number, not ${issue.received}`),
  v.finite('must be finite'),
);

const priority = v.pipe(
  finite,
  v.integer('must be a whole number'),
  v.minValue(1, 'must be 1 (least) to 255 (most)'),
  v.maxValue(255, 'must be 1 (least) to 255 (most)'),
);

const delta = v.pipe(
  v.union([v.number(), v.string()], DELTA_RULE),
  v.rawTransform<number | string, Delta>(({ dataset, addIssue, NEVER }) => {
    const written = dataset.value;
    // Whoever writes "15" may have meant a share.
    const isClear = typeof written === 'number' || written.includes('%');
    const read = isClear ? readDelta(written) : undefined;
    if (read !== undefined) return withFloor(read);
    addIssue({ message: DELTA_RULE });
    return NEVER;
  }),
);

const LABEL_RULE =
  'must be named with a letter or _, then letters, digits or _, 64 characters at most and not ' +
  'two _ at the beginning';
const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]{0,63}$/;
const LABEL_VALUE_RULE =
  `must be text of 1 to ${LIMITS.labelValueBytes} bytes without control characters or invisible ` +
  'ones; leave out a label that has no value';

const isLabelValue = (value: unknown): value is string =>
  typeof value === 'string' &&
  value !== '' &&
  utf8Length(value) <= LIMITS.labelValueBytes &&
  isPlain(value);

/** By name, as the definition of the family has them, in whatever order they were sent. */
const labels = v.pipe(
  v.custom<Readonly<Record<string, string>>>(
    (input) => typeof input === 'object' && input !== null && !Array.isArray(input),
    'must be an object of names and values',
  ),
  v.rawTransform(({ dataset, addIssue, NEVER }): [name: string, value: string][] => {
    const pairs = Object.entries(dataset.value).toSorted(([a], [b]) => (a < b ? -1 : 1));
    const odd = pairs.find(([name]) => !LABEL_NAME.test(name));
    const unfit = pairs.find(([, value]) => !isLabelValue(value));
    if (pairs.length > LIMITS.metricLabels) {
      addIssue({ message: `has ${LIMITS.metricLabels} labels at most, not ${pairs.length}` });
    } else if (odd !== undefined) addIssue({ message: `${shown(odd[0])} ${LABEL_RULE}` });
    else if (unfit !== undefined) addIssue({ message: `${unfit[0]} ${LABEL_VALUE_RULE}` });
    else return pairs;
    return NEVER;
  }),
);

/** The beginning of a name that may be anything. */
const shown = (name: string): string => printable(JSON.stringify(name.slice(0, 64)));

const UserMetric = exactly({
  name: v.pipe(
    v.string((issue) => (issue.received === 'undefined' ? 'is required' : 'must be text')),
    v.regex(
      /^[a-zA-Z_][a-zA-Z0-9_:.-]{0,63}$/,
      'must start with a letter or _, then have 63 letters, digits or _ : . - at most',
    ),
  ),
  labels: v.optional(labels),
  value: finite,
  unit: v.optional(text(LIMITS.unitLength)),
  description: v.optional(text(LIMITS.descriptionLength)),
  kind: v.optional(v.picklist(['gauge', 'counter'], 'must be gauge or counter')),
  priority: v.optional(priority),
  delta: v.optional(delta),
  expires: v.optional(v.nullable(bodyMoment({ takesSeconds: true }))),
});

export type UserMetricInput = v.InferInput<typeof UserMetric>;
export type UserMetricOutput = v.InferOutput<typeof UserMetric>;

const MAX_METRICS = 100;

/** Checked before any metric is: a body has room for tens of thousands. */
const none = v.custom<UserMetricInput[]>(() => false, 'must hold one metric at least');
const tooMany = v.custom<UserMetricInput[]>(
  () => false,
  `must hold ${MAX_METRICS} metrics at most`,
);

const identity = ({ name, labels: pairs = [] }: UserMetricOutput): string =>
  JSON.stringify([name, pairs]);

const several = v.pipe(
  v.array(UserMetric),
  v.check(
    (metrics) => new Set(metrics.map(identity)).size === metrics.length,
    'must name each metric once, or each with other labels',
  ),
);

const one = v.pipe(
  UserMetric,
  v.transform((metric) => [metric]),
);
const nothing = (): UserMetricOutput[] => [];

/** One metric or an array of them; always an array past here. */
export const UserMetrics: v.GenericSchema<UserMetricInput | UserMetricInput[], UserMetricOutput[]> =
  v.lazy((input): v.GenericSchema<UserMetricInput | UserMetricInput[], UserMetricOutput[]> => {
    if (!Array.isArray(input)) return one;
    if (input.length === 0) return v.pipe(none, v.transform(nothing));
    return input.length > MAX_METRICS ? v.pipe(tooMany, v.transform(nothing)) : several;
  });

const DEFAULT_DELTA: Delta = { kind: 'relative', ratio: 0.05, floor: 0.05 };

/**
 * A power of ten some 50 times below the delta, as the standard metrics have it; 1 at most, so
 * that counts come back whole.
 */
const resolutionFor = (given: Delta): number => {
  const change = given.kind === 'absolute' ? given.change : given.floor;
  // Written out, for a power by multiplication carries noise below 1.
  return Math.min(1, Number(`1e${Math.floor(Math.log10(change / 50) + 1e-9)}`));
};

/** What is not said again stays as `known` has it; a new metric gets the defaults. */
export const definitionOf = (
  metric: UserMetricOutput,
  known: MetricDefinition | undefined,
): MetricDefinition => {
  const change = metric.delta ?? known?.delta ?? DEFAULT_DELTA;
  return {
    name: metric.name,
    unit: metric.unit ?? known?.unit ?? '',
    kind: metric.kind ?? known?.kind ?? 'gauge',
    description: metric.description ?? known?.description ?? '',
    priority: metric.priority ?? known?.priority ?? 1,
    delta: change,
    resolution: resolutionFor(change),
    ...(metric.labels && metric.labels.length > 0 && { labelNames: metric.labels.map(first) }),
  };
};

const first = ([name]: readonly [string, string]): string => name;

/** In the order of the definition's label names. */
export const labelValuesOf = ({ labels: pairs = [] }: UserMetricOutput): string[] =>
  pairs.map(([, value]) => value);

/** Values travel as integers of the resolution, and those end at 2^53. */
export const fits = (value: number, { resolution }: MetricDefinition): boolean =>
  Math.abs(value / resolution) <= Number.MAX_SAFE_INTEGER;

export const acceptedJson = (
  value: number,
  definition: MetricDefinition,
  labelValues: readonly string[],
  expiresAt?: number,
): AcceptedMetric => {
  const metric = metricOf(definition, labelValues);
  const { name, unit, kind, description, priority: rank, resolution } = definition;
  const rounded = roundTo(value, resolution);
  const delta = formatDelta(definition.delta);
  return {
    ...{ name, value: rounded, unit, kind, description, priority: rank, delta, resolution },
    ...(metric.family !== undefined && { metric: metric.name, labels: labelsJson(metric).labels }),
    ...(expiresAt !== undefined && { expiresAt: isoTime(expiresAt) }),
  };
};
