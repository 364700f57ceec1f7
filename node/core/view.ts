// What readers see of a view: members with their metrics, built when asked for.

import { readFacts } from './data/facts/kept-facts.ts';
import { staleAt } from './data/publishing/owner.ts';
import { fromSteps } from './data/publishing/publishing-rule.ts';
import { definitionAt } from './data/series.ts';
import { entryCount, LABELS_INDEX, sampledAt, stepsAt, versionAt } from './data/source.ts';
import type { MemberName, SeenMember } from './membership/member.ts';
import type {
  ClusterView,
  MemberHead,
  MemberReading,
  MetricDefinition,
  MetricReading,
} from './model.ts';
import type { State } from './state.ts';

export const createView = (state: State): ClusterView => ({
  selfId: state.self.id,
  cluster: state.settings.cluster,
  get revision() {
    return state.revision;
  },
  members: () => state.members.roster().members.map((name) => readMember(state, name)),
  heads: () =>
    state.members.roster().members.map((name) => readHead(state, state.members.see(name))),
  definitions: () => readDefinitions(state),
  member(id) {
    const member = state.members.byId.get(id);
    return member && readMember(state, member);
  },
  facts: (prefix) => readFacts(state, prefix),
});

function readDefinitions({ definitions, definitionUsers }: State): MetricDefinition[] {
  const users = (key: number): number => definitionUsers.get(key) ?? 0;
  return [...definitions]
    .toSorted(([a], [b]) => users(b) - users(a))
    .map(([, definition]) => definition);
}

function readMember(state: State, name: MemberName): MemberReading {
  const member = state.members.see(name);
  return { ...readHead(state, member), metrics: readAll(state, member) };
}

function readHead(state: State, member: SeenMember): MemberHead {
  const { id, status, generation, incarnation, address, statusSince, heardAt, leave } = member;
  return {
    id,
    status,
    generation,
    incarnation,
    address,
    labels: labelsOf(state, member),
    statusSince,
    heardAt,
    ...(leave !== undefined && { leave }),
    ...(member.skewMs !== undefined && { skewMs: member.skewMs }),
  };
}

const labelsOf = (state: State, { id, source }: SeenMember): MemberReading['labels'] =>
  (source.record ?? state.previousRuns.get(id)?.member.source.record)?.labels ?? {};

/** After a restart, what the new run has not told yet is as the run before it told it. */
function readAll(state: State, member: SeenMember): MetricReading[] {
  const told = readMetrics(state, member);
  const previous = state.previousRuns.get(member.id)?.member;
  if (previous === undefined) return told;
  const { record } = member.source;
  const offered =
    record && new Set(record.slots.map((_, i) => definitionAt(state, member, i)?.name));
  const names = new Set(told.map(({ definition }) => definition.name));
  const rest = readMetrics(state, previous).filter(
    ({ definition: { name } }) => !names.has(name) && offered?.has(name) !== false,
  );
  return [...told, ...rest.map((each) => ({ ...each, previousGeneration: previous.generation }))];
}

/** In the order of the member's slots; metrics whose definition is not held yet are left out. */
function readMetrics(state: State, member: SeenMember): MetricReading[] {
  const readings: MetricReading[] = [];
  const { source } = member;
  for (let index = LABELS_INDEX + 1; index < entryCount(source); index++) {
    const version = versionAt(source, index);
    const definition = definitionAt(state, member, index);
    if (version === 0 || definition === undefined) continue;
    const value = fromSteps(definition, stepsAt(source, index));
    const toldAt = sampledAt(source, index);
    const told = { definition, value, version, sampledAt: toldAt, toldAt };
    if (member === state.self) readings.push(withOwnTimes(state, index, told));
    else readings.push(source.stale?.has(index) ? { ...told, staleAt: toldAt } : told);
  }
  return readings;
}

/** The owner knows more of its values than it tells: that they were sampled since, or were not. */
function withOwnTimes(state: State, index: number, told: MetricReading): MetricReading {
  const until = staleAt(state, told.definition.name);
  return {
    ...told,
    sampledAt: state.ownSampledAt[index] ?? told.toldAt,
    ...(until !== undefined && { staleAt: until }),
  };
}
