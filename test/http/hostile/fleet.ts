// A fleet that is large, and that a stranger could have filled: 1,000 nodes with 20 metrics each,
// under names that look alike and are as long as names may be, and one with as many metrics as a
// node may have, which differ in labels as long as those may be.

import type { AppDependencies } from '../../../node/app.ts';
import { STANDARD_METRICS } from '../../../node/config/metrics.ts';
import type { ClusterView, MemberReading, MetricDefinition } from '../../../node/core/model.ts';
import { createRandom } from '../../../node/core/random.ts';
import { DEFAULT_SETTINGS } from '../../../node/core/settings.ts';
import { OperatingError } from '../../../node/errors.ts';
import { createServices } from '../../../node/host/services.ts';
import { createGate } from '../../../node/signing/gate.ts';
import { createMemoryStore } from '../../../node/storage/database/memory-store.ts';

const NODES = 1_000;
const OWN_METRICS = 14;
const LONG = 'a'.repeat(58);

const definitions: readonly MetricDefinition[] = [
  ...STANDARD_METRICS,
  ...Array.from({ length: OWN_METRICS }, (_, i) => ({
    ...(STANDARD_METRICS[0] as MetricDefinition),
    name: `${LONG}_${i}`,
    unit: 'jobs',
    description: 'x'.repeat(100),
  })),
];

const LABEL_NAMES = Array.from({ length: 8 }, (_, i) => `${i}`.padEnd(64, 'l'));
/** Below 255 with the others; a quote is written with two characters, and those with four. */
const LABELLED = 230;

const labelled: readonly MetricDefinition[] = Array.from({ length: LABELLED }, (_, i) => {
  const labelValues = LABEL_NAMES.map(() => `${i}`.padEnd(128, '"'));
  const labels = LABEL_NAMES.map((name, at) => `${name}=${JSON.stringify(labelValues[at])}`);
  const [jobs] = definitions.slice(-1) as [MetricDefinition];
  const { name: family } = jobs;
  const name = `${family}{${labels.join(',')}}`;
  return { ...jobs, name, family, labelNames: LABEL_NAMES, labelValues };
});

const memberAt = (i: number): MemberReading => ({
  id: i === 0 ? 'n1' : `${LONG}${String(i).padStart(6, '0')}`,
  ...{ status: i % 50 === 49 ? 'dead' : 'alive', generation: 3, incarnation: 0 },
  address: `http://10.0.${i >> 8}.${i & 255}:4001`,
  labels: { region: `r${i % 7}`, rack: `${LONG}${i}` },
  statusSince: 0,
  heardAt: 900 + (i % 100),
  metrics: (i === 0 ? [...definitions, ...labelled] : definitions).map((definition, j) => ({
    definition,
    value: ((i * 31 + j * 17) % 1_000) / 10,
    version: j + 1,
    ...{ sampledAt: 500 + j, toldAt: 500 + j },
  })),
});

const members = Array.from({ length: NODES }, (_, i) => memberAt(i)).sort((a, b) =>
  a.id < b.id ? -1 : 1,
);
const byId = new Map(members.map((member) => [member.id, member]));

/** Reads a member anew each time, as the engine's view does. */
const readMember = (member: MemberReading): MemberReading => ({
  ...member,
  metrics: member.metrics.map((reading) => ({ ...reading })),
});

export function createFleetView(): ClusterView {
  let revision = 0;
  return {
    ...{ selfId: 'n1', cluster: 'test' },
    // Something was learned before each request: nothing of the last answer can be used again.
    get revision() {
      revision++;
      return revision;
    },
    members: () => members.map(readMember),
    heads: () => members.map(({ metrics, ...head }) => head),
    definitions: () => [...definitions],
    facts: () => [],
    member: (id) => {
      const member = byId.get(id);
      return member && readMember(member);
    },
  };
}

const clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs: number, callback: () => void) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** A node over that view that anybody may call, and whose peers do not answer. */
export function createFleetNode(): AppDependencies {
  const view = createFleetView();
  const metrics = new Map<string, MetricDefinition>();
  const driver = {
    ...{ view, start: async () => {}, stop: () => {}, setSeeds: () => {}, moveTo: () => {} },
    ...{
      gossip: async (body: Uint8Array) => body,
      leave: async () => {},
      publish: () => {},
      endMetrics: () => {},
      publishFact: () => undefined,
      endFact: () => {},
      forget: () => 'unknown' as const,
      subscribe: () => () => {},
    },
    definitions: () => metrics,
    factCount: () => 0,
    define: (definition: MetricDefinition) => void metrics.set(definition.name, definition),
    status: () => {
      throw new Error('only /readyz asks, and stats are told apart');
    },
  };
  const services = createServices({
    ...{ driver, clock, store: createMemoryStore(), basePath: '', allowedHosts: [] },
    machine: { runs: () => [], probes: [] } as unknown as Parameters<
      typeof createServices
    >[0]['machine'],
    log: () => {},
    peerProblems: { report: () => {}, clear: () => {}, list: () => [] },
    gate: createGate({
      clock,
      self: () => ({ cluster: 'test', id: 'n1', generation: 3 }),
      report: () => {},
    }),
    settings: DEFAULT_SETTINGS,
    peers: {
      ask: () => Promise.reject(new OperatingError('unreachable', 'nobody there')),
      random: createRandom(1),
      settings: DEFAULT_SETTINGS,
    },
    admit: () => {},
    traffic: () => ({ sentBytes: 0, receivedBytes: 0 }),
    leave: async () => {},
  });
  return {
    ...services,
    listeners: () => ({ subscribed: 1, dropped: 0, skippedEvents: 0 }),
    stats: () => ({
      ...{ round: 1, roundMs: 1_000, sinceRoundMs: 1, exchanges: 0, failedExchanges: 0 },
      otherVersionExchanges: 0,
      ...{ sentBytes: 0, receivedBytes: 0, bytesPerSecond: 0, published: 0, refused: {} },
    }),
  };
}
