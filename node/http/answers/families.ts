// A metric of `/state` together with its family, which the answer tells once: for the client, the
// command line, and answers that come in pages.

import { differenceOf, type FamilyAnswer } from './family.ts';
import type {
  Families,
  HeldMetricAnswer,
  MetricAnswer,
  NodeAnswer,
  StateAnswer,
} from './shapes.ts';

/** Anybody names metrics: `constructor` is one only where the answer has it itself. */
const familyOf = (
  families: Families,
  name: string,
  { family = name }: HeldMetricAnswer,
): FamilyAnswer | undefined => (Object.hasOwn(families, family) ? families[family] : undefined);

/** Undefined where an answer lacks the family: no node tells such a one. */
export function wholeMetric(
  families: Families,
  name: string,
  metric: HeldMetricAnswer,
): MetricAnswer | undefined {
  const family = familyOf(families, name, metric);
  return family && { ...family, ...metric, sampledAt: metric.sampledAt ?? metric.since };
}

/** The nodes of two pages with one list of families: they may have been told between changes. */
export function joinStates(
  whole: StateAnswer,
  page: StateAnswer,
): Pick<StateAnswer, 'nodes' | 'families'> {
  // Not by assignment: `__proto__` is a name that a node or a metric could have.
  const families = Object.fromEntries([
    ...Object.entries(page.families),
    ...Object.entries(whole.families),
  ]);
  const others = new Map(
    Object.entries(page.families).flatMap(([name, own]) => {
      const shared = families[name] ?? own;
      const difference = differenceOf(own, shared);
      return Object.keys(difference).length > 0 ? [[name, difference] as const] : [];
    }),
  );
  const nodes = Object.entries(page.nodes).map(([id, node]): [string, NodeAnswer] => [
    id,
    others.size === 0 ? node : { ...node, metrics: withOthers(node.metrics, others) },
  ]);
  return { nodes: Object.fromEntries([...Object.entries(whole.nodes), ...nodes]), families };
}

const withOthers = (
  metrics: NodeAnswer['metrics'],
  others: ReadonlyMap<string, Partial<FamilyAnswer>>,
): NodeAnswer['metrics'] =>
  Object.fromEntries(
    Object.entries(metrics).map(([name, metric]) => [
      name,
      { ...others.get(metric.family ?? name), ...metric },
    ]),
  );
