// Sets of priorities and deltas to compare: each starts from the four standard metrics, changes
// some, leaves some out and may bring new ones.

import * as v from 'valibot';
import { NETWORK, PRIMARY_METRICS, STANDARD_METRICS } from '../../config/metrics.ts';
import { maybe } from '../../config/setting.ts';
import {
  applyOverride,
  type MetricOverride,
  OVERRIDE_ENTRIES,
} from '../../config/sources/overrides.ts';
import { readText, type ValueFacts, value } from '../../config/values.ts';
import type { MetricDefinition } from '../../core/model.ts';
import { LIMITS } from '../../core/wire/messages.ts';
import { isPlain } from '../../core/wire/printable.ts';
import type { MetricSet } from './plan.ts';

const short = (most: number) =>
  value('text', `must be a text of ${most} characters at most`, (input) => {
    const written = readText(input);
    return written !== undefined && written.length <= most && isPlain(written)
      ? written
      : undefined;
  });

/** What may stand under a metric's name. */
export const METRIC_ENTRIES = {
  priority: OVERRIDE_ENTRIES.priority,
  delta: OVERRIDE_ENTRIES.delta,
  gossip: OVERRIDE_ENTRIES.gossip,
  unit: maybe(short(LIMITS.unitLength), 'Unit of a new metric.'),
  description: maybe(short(LIMITS.descriptionLength), 'What a new metric means.'),
};

const Metric = v.strictObject(
  METRIC_ENTRIES,
  'must be a group with priority, delta, gossip, unit or description',
);
type MetricChange = v.InferOutput<typeof Metric>;
type Changes = Readonly<Record<string, MetricChange>>;

const isPrimary = (name: string): boolean => (PRIMARY_METRICS as readonly string[]).includes(name);
const PRIMARY = STANDARD_METRICS.filter(({ name }) => isPrimary(name));
const standard = new Map(STANDARD_METRICS.map((metric) => [metric.name, metric]));

const FACTS = {
  placeholder: 'name',
  rule: 'must be a group of sets, each a group of metrics',
  shape: 'map',
} satisfies ValueFacts;

/** What a new metric lacks until its delta is known. */
const BLANK: Omit<MetricDefinition, 'name'> = {
  ...{ unit: '', description: '', priority: 1, resolution: 1 },
  kind: 'gauge',
  delta: { kind: 'absolute', change: 1 },
};

export const metricSets = v.pipe(
  v.unknown(),
  v.transform((input) => input ?? {}),
  v.record(v.string(), v.record(v.string(), Metric, 'must be a group of metrics'), FACTS.rule),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const [name, changes] of Object.entries(dataset.value)) {
      for (const { path, message } of faultsOf(changes)) {
        const items = [name, ...path].map((key) => item(key));
        addIssue({ message, path: [items[0] ?? item(name), ...items.slice(1)] });
      }
    }
  }),
  v.transform((sets) =>
    Object.entries(sets).map(
      ([name, changes]): MetricSet => ({ name, metrics: metricsOf(changes) }),
    ),
  ),
  v.metadata(FACTS),
);

const item = (key: string): v.IssuePathItem => ({
  ...{ type: 'unknown', origin: 'value', key },
  ...{ input: undefined, value: undefined },
});

interface Fault {
  readonly path: readonly string[];
  readonly message: string;
}

/** What only shows when metrics are looked at together with what is known of them. */
function faultsOf(changes: Changes): Fault[] {
  const faults = Object.entries(changes).flatMap(([name, change]): Fault[] => {
    const known = standard.get(name);
    if (known === undefined) return faultsOfNew(name, change);
    return (['unit', 'description'] as const)
      .filter((key) => change[key] !== undefined)
      .map((key) => ({
        path: [name, key],
        message: `must be left out, for ${name} is a standard metric and has its own`,
      }));
  });
  if (faults.length > 0 || metricsOf(changes).length > 0) return faults;
  return [{ path: [], message: 'must leave one metric at least with gossip' }];
}

function faultsOfNew(name: string, { delta, gossip }: MetricChange): Fault[] {
  if (gossip === false)
    return [{ path: [name], message: 'must be a standard metric when it is to be left out' }];
  if (delta === undefined)
    return [{ path: [name], message: 'must have a delta, for it is no standard metric' }];
  if (delta.kind === 'absolute' || delta.floor !== undefined) return [];
  const example = NETWORK.delta.kind === 'relative' ? NETWORK.delta.floor : 1;
  const message = `must name a least change, such as 15% min ${example}, for a new metric has none`;
  return [{ path: [name, 'delta'], message }];
}

/** The four in their usual order, then others as they were written. */
export function metricsOf(changes: Changes): MetricDefinition[] {
  const others = Object.keys(changes).filter((name) => !isPrimary(name));
  return [...PRIMARY.map(({ name }) => name), ...others].flatMap((name) => {
    const { gossip = true, priority, delta, unit, description } = changes[name] ?? {};
    if (!gossip) return [];
    const known = standard.get(name) ?? { ...BLANK, name };
    const override: MetricOverride = {
      ...(priority !== undefined && { priority }),
      ...(delta !== undefined && { delta }),
    };
    return [
      {
        ...applyOverride(known, override),
        ...(unit !== undefined && { unit }),
        ...(description !== undefined && { description }),
      },
    ];
  });
}
