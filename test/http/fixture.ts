// An app over an in-memory node: a view that tests write, a clock that stands still, and a record
// of what the app asked of its driver.

import {
  type AppDependencies,
  createApp,
  type GossipAnswer,
  type PostedMetric,
} from '../../node/app.ts';
import { CPU, LOAD1, MEMORY, NETWORK, STORAGE, SWAP } from '../../node/config/metrics.ts';
import type {
  ClusterView,
  LeaveNotice,
  MemberReading,
  MetricDefinition,
  MetricReading,
} from '../../node/core/model.ts';
import { createRandom } from '../../node/core/random.ts';
import { DEFAULT_SETTINGS } from '../../node/core/settings.ts';
import type { Clock, HistoryQuery, ProbeRun, Reading, Store } from '../../node/ports.ts';
import { createGate } from '../../node/signing/gate.ts';
import { type HistoryPoint, historyOf } from '../support/points.ts';

/** 2026-01-31T12:00:00.000Z */
export const WALL_MS = 1_769_860_800_000;
export const MONOTONIC_MS = 1_000_000;
export const MAX_BODY_BYTES = 4_096;

export const reading = (
  definition: MetricDefinition,
  value: number,
  ageMs = 1_500,
): MetricReading => {
  const sampledAt = MONOTONIC_MS - ageMs;
  return { definition, value, version: 7, sampledAt, toldAt: sampledAt };
};

export const member = (id: string, changes: Partial<MemberReading> = {}): MemberReading => ({
  id,
  status: 'alive',
  generation: 3,
  incarnation: 0,
  address: `http://127.0.0.1:${4000 + Number(id.replace(/\D/g, '') || 0)}`,
  labels: {},
  statusSince: MONOTONIC_MS - 60_000,
  heardAt: MONOTONIC_MS - 800,
  metrics: [
    reading(CPU, 12.3),
    reading(MEMORY, 64.2),
    reading(NETWORK, 1_234_560),
    reading(STORAGE, 41),
    reading(SWAP, 0),
    reading(LOAD1, 0.42),
  ],
  ...changes,
});

interface FakeView extends ClusterView {
  revision: number;
  set(members: readonly MemberReading[]): void;
}

const fakeView = (initial: readonly MemberReading[]): FakeView => {
  let all = initial;
  const view: FakeView = {
    selfId: 'n1',
    cluster: 'test',
    revision: 1,
    members: () => [...all],
    heads: () => all.map(({ metrics, ...head }) => head),
    definitions: () => {
      const told = all.flatMap(({ metrics }) => metrics.map(({ definition }) => definition));
      const users = Map.groupBy(told, (definition) => definition);
      return [...users].toSorted(([, a], [, b]) => b.length - a.length).map(([each]) => each);
    },
    facts: () => [],
    member: (id) => all.find((known) => known.id === id),
    set: (members) => {
      all = members;
      view.revision++;
    },
  };
  return view;
};

const notUsed = () => Promise.reject(new Error('the app never calls this'));

const fakeStore = (points: HistoryPoint[], asked: HistoryQuery[]): Store => ({
  loadIdentity: notUsed,
  saveIdentity: notUsed,
  recordSamples: () => {},
  recordEvents: () => {},
  history: async (query) => {
    asked.push(query);
    return { ...historyOf(points), fromMs: query.fromMs, toMs: query.toMs };
  },
  health: () => ({
    state: 'ok',
    queuedRows: 0,
    writtenRows: 0,
    droppedRows: 0,
    databaseBytes: 0,
  }),
  flush: notUsed,
  close: notUsed,
});

const STATS = {
  round: 42,
  roundMs: 1_000,
  sinceRoundMs: 300,
  exchanges: 80,
  failedExchanges: 1,
  otherVersionExchanges: 0,
  sentBytes: 9_000,
  receivedBytes: 8_000,
  bytesPerSecond: 312,
  published: 12,
  refused: {},
};

/** The clock stands still, and lets others have their turn all the same. */
const soon: Clock['after'] = (delayMs, callback) => {
  const timer = setTimeout(callback, delayMs);
  timer.unref();
  return () => clearTimeout(timer);
};

/** `changes` replace single dependencies; what the app did with the rest is in the records. */
export const fixture = (changes: Partial<AppDependencies> = {}, nodes = [member('n1')]) => {
  const view = fakeView(nodes);
  const records = {
    gossip: [] as Uint8Array[],
    refusals: [] as string[],
    defined: [] as MetricDefinition[],
    posted: [] as PostedMetric[],
    ended: [] as string[],
    published: [] as Reading[],
    leaves: [] as LeaveNotice[],
    forgotten: [] as string[],
    errors: [] as unknown[],
    history: [] as HistoryQuery[],
  };
  const probes: ProbeRun[] = [{ probe: 'cpu', outcome: 'ok', durationMs: 0.1 }];
  const deps: AppDependencies = {
    view,
    clock: { wallMs: () => WALL_MS, monotonicMs: () => MONOTONIC_MS, after: soon },
    store: fakeStore([], records.history),
    peers: { ask: notUsed, random: createRandom(1), settings: DEFAULT_SETTINGS },
    gate: createGate({
      clock: { monotonicMs: () => MONOTONIC_MS },
      self: () => ({ cluster: view.cluster, id: view.selfId, generation: 3 }),
      report: () => {},
    }),
    peerProblems: () => [],
    probes: () => probes,
    gossip: async (body): Promise<GossipAnswer> => {
      records.gossip.push(body);
      return { ok: true, body: body.toReversed() };
    },
    countRefusal: (code) => records.refusals.push(code),
    userMetrics: {
      define: (posts) => {
        records.posted.push(...posts);
        records.defined.push(...posts.map(({ definition }) => definition));
        return undefined;
      },
      expiresAt: () => undefined,
      end: (name) => {
        records.ended.push(name);
        return 'ended';
      },
      names: () => ['queue'],
      counts: () => ({ told: 7, most: 255, refusedPosts: 0 }),
    },
    publish: (readings) => {
      records.published.push(...readings);
      return [];
    },
    forget(id) {
      const member = view.member(id);
      if (member === undefined) return 'unknown';
      if (member.status === 'alive' || member.status === 'suspect') return 'alive';
      records.forgotten.push(id);
      return undefined;
    },
    leave: async (notice) => {
      records.leaves.push(notice);
    },
    stats: () => STATS,
    reportError: (error) => records.errors.push(error),
    maxBodyBytes: MAX_BODY_BYTES,
    ...changes,
  };
  return { app: createApp(deps), view, records, deps };
};

export const storeOf = (points: HistoryPoint[], changes: Partial<Store> = {}): Store => ({
  ...fakeStore(points, []),
  ...changes,
});

/** A request as programs send it: JSON, and none of a browser's headers. */
export const json = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json', ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

/** The problem of an answer, after checking that it is one. */
export const problemOf = async (response: Response) => {
  if (response.headers.get('Content-Type') !== 'application/problem+json') {
    throw new Error(`${response.status} is no problem: ${await response.text()}`);
  }
  const problem = (await response.json()) as { status: number; detail: string; code: string };
  if (problem.status !== response.status) throw new Error('status and problem differ');
  return problem;
};
