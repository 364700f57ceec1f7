// Which run of its node an object is: the one before its sleep, which then was a nap that nobody
// need know of, or a new one that remembers what the previous one knew.

import { definitionKey } from '../core/data/definitions.ts';
import { metricOf } from '../core/data/series.ts';
import { hashText } from '../core/hash.ts';
import { nextGeneration } from '../core/membership/generation.ts';
import type { Labels, MetricDefinition } from '../core/model.ts';
import type { Past, Return } from '../core/snapshot/past.ts';
import type { ObjectStorage, WorkerEnvironment } from './platform.ts';
import { type Kept, pastOf } from './storage/keeping.ts';

export interface RunOptions {
  readonly storage: ObjectStorage;
  readonly bindings: WorkerEnvironment;
  readonly kept: Kept | undefined;
  /** Newest generation that the store knows, 0 for none. */
  readonly storedGeneration: number;
  readonly cluster: string;
  readonly address: string;
  readonly labels: Labels;
  /** Of the metrics that probes offer. */
  readonly definitions: readonly MetricDefinition[];
  readonly wallMs: number;
}

export interface Run {
  readonly fingerprint: string;
  readonly generation: number;
  readonly past?: Return;
  /** Those of the probes, and of users where the same run goes on. */
  readonly definitions: readonly MetricDefinition[];
  readonly isSame: boolean;
  /** It said goodbye, and answers only for what it knew then. */
  readonly hasLeft: boolean;
  /** One sentence when what was kept is of no use. */
  readonly problem?: string;
}

export function chooseRun(options: RunOptions): Run {
  const { kept, wallMs, definitions } = options;
  const fingerprint = fingerprintOf(options);
  const past = pastOf(options.storage, kept, options.cluster);
  const known = typeof past === 'object' ? past : undefined;
  // What was told under a generation is kept before it goes out, so the same run can go on.
  const isSame = known !== undefined && kept?.fingerprint === fingerprint && !isBack(kept, wallMs);
  const latest = Math.max(kept?.generation ?? 0, options.storedGeneration);
  return {
    fingerprint,
    generation: isSame ? known.self.generation : nextGeneration(latest, wallMs),
    definitions: isSame ? withUsers(definitions, known) : definitions,
    isSame,
    hasLeft: isSame && kept?.left !== undefined,
    ...(known !== undefined && { past: { past: known, wallMs } }),
    ...(typeof past === 'string' && { problem: past }),
  };
}

/** Another deployment is another run, whose code may tell other things. */
function fingerprintOf({ bindings, cluster, address, labels, definitions }: RunOptions): string {
  const told = JSON.stringify([cluster, address, labels, definitions]);
  return `${bindings.CF_VERSION_METADATA?.id ?? ''} ${hashText(told)}`;
}

/** Whether it left for a time that is over. */
const isBack = ({ left }: Kept, wallMs: number): boolean =>
  left?.returnsAtWall !== undefined && left.returnsAtWall <= wallMs;

function withUsers(definitions: readonly MetricDefinition[], { self }: Past): MetricDefinition[] {
  const names = new Set(definitions.map(({ name }) => name));
  const told = self.pushes.flatMap((push) => push.definitions);
  return [...definitions, ...metricsOf(told, self).filter(({ name }) => !names.has(name))];
}

/** A family with labels stands for as many metrics as there are cards that name it. */
function metricsOf(told: readonly MetricDefinition[], { pushes }: Past['self']) {
  const labelled = new Map(told.map((family) => [definitionKey(family), family]));
  const entries = pushes.flatMap(({ chunks }) => chunks.flatMap((chunk) => chunk.entries));
  const metrics = entries.flatMap(({ value }) => {
    const isCard = typeof value === 'object' && value !== null && 'definitionKey' in value;
    const family = isCard ? labelled.get(value.definitionKey) : undefined;
    return family && isCard ? [metricOf(family, value.labelValues)] : [];
  });
  return [...told.filter(({ labelNames }) => labelNames === undefined), ...metrics];
}
