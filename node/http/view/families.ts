// The families of an answer: what most nodes tell of a metric alike stands there once.

import { formatDelta } from '../../config/delta.ts';
import type { ClusterView, MetricDefinition } from '../../core/model.ts';
import type { FamilyAnswer, MetricLabels } from '../answers/family.ts';
import type { Families as FamiliesJson } from '../answers/shapes.ts';

/** Definitions do not change, and many metrics share one. */
const answers = new WeakMap<MetricDefinition, FamilyAnswer>();

export function familyJson(definition: MetricDefinition): FamilyAnswer {
  const held = answers.get(definition);
  if (held !== undefined) return held;
  const { unit, kind, description, priority } = definition;
  const made = { unit, kind, description, priority, delta: formatDelta(definition.delta) };
  answers.set(definition, made);
  return made;
}

/** Nothing where the family has no labels; those without a value are left out, as in the name. */
export function labelsJson({ family, labelNames, labelValues }: MetricDefinition): MetricLabels {
  if (family === undefined) return {};
  const pairs = (labelNames ?? []).map((name, i) => [name, labelValues?.[i] ?? ''] as const);
  // Not by assignment: a label may be called `__proto__`.
  return { family, labels: Object.fromEntries(pairs.filter(([, value]) => value !== '')) };
}

/** Of one answer, which keeps to them though the view may change until its end. */
export interface Families {
  /** What the answer tells of the metric's family: as most have it, when it was first asked for. */
  of(definition: MetricDefinition): MetricDefinition;
  /** All that were asked for. */
  json(): FamiliesJson;
  /** The same as text, piece by piece: users of a large fleet may name thousands. */
  text(): Generator<string>;
}

/** `"name":{…}`; definitions do not change. */
const texts = new WeakMap<MetricDefinition, string>();

function textOf(name: string, shared: MetricDefinition): string {
  const held = texts.get(shared);
  if (held !== undefined) return held;
  const made = `${JSON.stringify(name)}:${JSON.stringify(familyJson(shared))}`;
  texts.set(shared, made);
  return made;
}

export function createFamilies(view: Pick<ClusterView, 'definitions'>): Families {
  const told = new Map<string, MetricDefinition>();
  let usual: Map<string, MetricDefinition> | undefined;
  const usualOf = (name: string): MetricDefinition | undefined => {
    // The last of one name stays, so the one that most metrics have is put in last.
    usual ??= new Map(
      view
        .definitions()
        .toReversed()
        .map((each) => [each.name, each]),
    );
    return usual.get(name);
  };
  return {
    of(definition) {
      const name = definition.family ?? definition.name;
      const held = told.get(name);
      if (held !== undefined) return held;
      const shared = usualOf(name) ?? definition;
      told.set(name, shared);
      return shared;
    },
    *text() {
      let comma = '';
      for (const [name, shared] of told) {
        yield `${comma}${textOf(name, shared)}`;
        comma = ',';
      }
    },
    // Not by assignment: peers choose the names, and `__proto__` is one they could choose.
    json: () => Object.fromEntries([...told].map(([name, shared]) => [name, familyJson(shared)])),
  };
}
