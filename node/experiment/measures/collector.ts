// All measures of one run: a sink for what nodes show, told besides what the run does to them, and
// the rows that come of it in the end.

import type { MetricDefinition } from '../../core/model.ts';
import type { Fresh, FreshRows, QueryRow, RoundRow } from '../../storage/results/rows.ts';
import { type Convergence, createConvergence } from './convergence.ts';
import { createMembership, type Membership } from './membership.ts';
import { nodeName } from './names.ts';
import type { Sink } from './sink.ts';
import { createTransmissions, type Transmissions } from './transmissions.ts';
import { createTruth, type Truth } from './truth.ts';
import { createUpdates, type Updates } from './updates/updates.ts';
import { createViews, type Views } from './views.ts';

export interface CollectorOptions {
  readonly nodes: number;
  readonly metrics: readonly MetricDefinition[];
  readonly roundMs: number;
  /** How long the run will measure. */
  readonly measureMs: number;
  /** Whether every round of every node becomes a row. */
  readonly keepsRounds: boolean;
}

/** What a run does to its nodes, and asks them. */
export interface Collector extends Sink {
  /** From here on updates, errors and lags count: the cluster knows itself. */
  measure(at: number): void;
  observe(at: number): void;
  down(node: number, at: number): void;
  up(node: number, at: number): void;
  divide(isDivided: boolean): void;
  asked(query: Fresh<QueryRow>): void;
  readonly truth: Truth;
  readonly convergence: Convergence;
  readonly membership: Membership;
  /** Nodes whose views are looked at. */
  readonly watched: ReadonlySet<number>;
  /** Of those that were killed. */
  readonly lives: ReadonlyMap<number, Life>;
  /** Ends the run. */
  finish(at: number): Collected;
}

export interface Life {
  readonly killedAtMs: number;
  readonly restartedAtMs: number | null;
}

/** Everything that was seen; `scalars.ts` makes scalars of it. */
export interface Collected {
  readonly rows: FreshRows;
  readonly measuredFromMs: number | undefined;
  readonly endMs: number;
  readonly queries: readonly Fresh<QueryRow>[];
  readonly transmissions: Pick<Transmissions, 'measured'>;
  readonly membership: Pick<Membership, 'deaths' | 'falseDeaths'>;
  readonly views: Pick<Views, 'total'>;
  readonly fullViewMs: number | null;
}

/** Of larger clusters so many views are compared: their number times the nodes' stays below it. */
const COMPARED_VIEWS = 10_000;
/** Views that count for the full view, and rounds that are kept, of clusters beyond that. */
const MANY_NODES = 2_000;
const WATCHED_OF_MANY = 50;

/** Windows of the time series are whole seconds, a round at least, and not many more than this. */
const MOST_WINDOWS = 40;
const SECOND_MS = 1_000;

const windowOf = ({ roundMs, measureMs }: CollectorOptions): number =>
  Math.max(Math.ceil(measureMs / MOST_WINDOWS / SECOND_MS) * SECOND_MS, SECOND_MS, roundMs);

interface Parts {
  readonly truth: Truth;
  readonly convergence: Convergence;
  readonly membership: Membership;
  readonly views: Views;
  readonly updates: Updates;
  readonly transmissions: Transmissions;
}

export function createCollector(options: CollectorOptions): Collector {
  const { nodes, metrics, roundMs } = options;
  const truth = createTruth(nodes, metrics);
  const windowMs = windowOf(options);
  let measuredFrom: number | undefined;
  const isMeasuring = (at: number): boolean => measuredFrom !== undefined && at >= measuredFrom;
  const watched = spread(nodes, Math.max(2, Math.floor(COMPARED_VIEWS / nodes)));
  const counting = spread(nodes, nodes > MANY_NODES ? WATCHED_OF_MANY : nodes);
  const parts: Parts = {
    truth,
    convergence: createConvergence(nodes, metrics.length, counting),
    membership: createMembership(nodes, truth),
    views: createViews({ truth, metrics, nodes, watched, windowMs }),
    updates: createUpdates({ truth, metrics, nodes, roundMs, isMeasuring }),
    transmissions: createTransmissions({ metrics, windowMs, isMeasuring }),
  };
  const rounds: Fresh<RoundRow>[] = [];
  const queries: Fresh<QueryRow>[] = [];
  const lives = new Map<number, Life>();
  const kept = new Set(options.keepsRounds ? counting : []);
  return {
    truth,
    convergence: parts.convergence,
    membership: parts.membership,
    watched: new Set([...watched, ...counting]),
    lives,
    ...sinkOf(parts, (node, at, round) => {
      if (!kept.has(node)) return;
      const known = parts.convergence.known(node);
      rounds.push({ node: nodeName(node), atMs: at, known, ...round });
    }),
    measure(at) {
      measuredFrom ??= at;
    },
    observe(at) {
      if (isMeasuring(at)) parts.views.observe(at);
    },
    down(node, at) {
      lives.set(node, { killedAtMs: at, restartedAtMs: null });
      truth.down(node);
      parts.membership.down(node, at);
      parts.updates.died(node, at);
    },
    up(node, at) {
      const { killedAtMs } = lives.get(node) ?? { killedAtMs: at };
      lives.set(node, { killedAtMs, restartedAtMs: at });
      truth.up(node);
      parts.membership.up(node, at);
      parts.views.reset(node, at);
      parts.convergence.restarted(node);
    },
    divide: (isDivided) => parts.membership.divide(isDivided),
    asked: (query) => queries.push(query),
    finish: (at) => ({
      rows: {
        ...parts.updates.finish(at),
        rounds,
        queries,
        transmissions: parts.transmissions.rows(),
        membershipEvents: parts.membership.rows(),
        samples: parts.views.finish(),
      },
      measuredFromMs: measuredFrom,
      endMs: at,
      queries,
      transmissions: parts.transmissions,
      membership: parts.membership,
      views: parts.views,
      fullViewMs: parts.convergence.fullAt(),
    }),
  };
}

function sinkOf(
  { truth, convergence, membership, views, updates, transmissions }: Parts,
  keepRound: Sink['round'],
): Sink {
  return {
    sampled(node, at, values) {
      truth.sampled(node, at, values);
      for (let metric = 0; metric < values.length; metric++) {
        if (!Number.isNaN(values[metric])) transmissions.count('sampled', metric, at);
      }
    },
    told(node, at, told) {
      if (told.owner === node) {
        truth.published(told, at);
        updates.published(told, at);
        transmissions.count('published', told.metric, at);
        return transmissions.count('needed', told.metric, at, truth.living - 1);
      }
      transmissions.count('learned', told.metric, at);
      // What an earlier life told says nothing of the present one.
      if (told.generation >= truth.generation(told.owner)) {
        convergence.told(node, told.owner, told.metric, at);
      }
      views.told(node, told);
      updates.told(node, told, at);
    },
    copied(_node, at, copy) {
      transmissions.copied(copy, at);
      updates.copied(copy);
    },
    received: (_node, at, metric, entries) => transmissions.count('received', metric, at, entries),
    member: (node, at, seen) => membership.seen(node, at, seen),
    round: keepRound,
  };
}

/** So many of the nodes, evenly spread over their numbers. */
function spread(nodes: number, count: number): number[] {
  const stride = nodes / Math.min(nodes, count);
  return Array.from({ length: Math.min(nodes, count) }, (_, i) => Math.floor(i * stride));
}
