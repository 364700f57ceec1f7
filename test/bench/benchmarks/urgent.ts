// How soon a change that matters, and the first value of a metric that is new, is known to all:
// posted to one node as a user's metric of the urgent priority, and told by every node in the
// moment it learned it.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark, Context, Row } from '../benchmark.ts';
import { RIVALS, type Rival } from '../rivals.ts';
import { ask } from '../support/ask.ts';
import {
  ADAPTIVE_ROUNDS,
  clusterConfigs,
  type Member,
  settle,
  startCluster,
  stopCluster,
} from '../support/cluster.ts';
import { machineMs } from '../support/machine.ts';
import { WATCHED_METRIC } from '../support/observation.ts';
import { type Observer, observeInProcess, startObservedProcess } from '../support/observed.ts';
import { quantile } from '../support/statistics.ts';

/** A change that is not known to all by then counts as this, ms. */
const LIMIT_MS = 10_000;
/** A new metric's name and unit travel with rounds, which may be stretched. */
const INTRODUCTION_LIMIT_MS = 60_000;
/** Between two changes, ms: random, so that they meet every moment of a round. */
const PAUSE_MS = { least: 300, most: 600 };

export const urgent: Benchmark = {
  name: 'urgent',
  title: 'An urgent change known to all',
  run: async (context) => [...(await among20(context)), ...(await among100(context))],
};

async function among20(context: Context): Promise<Row[]> {
  const configs = await clusterConfigs(context, 20, { ...ADAPTIVE_ROUNDS });
  const tracker = createTracker(configs.length);
  const members = await startCluster(configs, (config) =>
    startObservedProcess(config, tracker.observe),
  );
  try {
    const spreads = await changeMany(context, members, tracker);
    const first = await changeMany(context, members, tracker, 'first');
    return [
      ...rowsOf('20 processes: urgent change', spreads, 100, RIVALS.urgentMs),
      ...rowsOf('20 processes: first value of a new urgent metric', first, 100),
    ];
  } finally {
    await stopCluster(members);
  }
}

async function among100(context: Context): Promise<Row[]> {
  const configs = await clusterConfigs(context, 100, { ...ADAPTIVE_ROUNDS });
  const tracker = createTracker(configs.length);
  const nodes = observeInProcess(tracker.observe);
  const members = await startCluster(configs, nodes.start);
  try {
    const spreads = await changeMany(context, members, tracker);
    return rowsOf('100 nodes in one process: urgent change', spreads, 250, RIVALS.urgent100Ms);
  } finally {
    await stopCluster(members);
    await nodes.close();
  }
}

interface Tracker {
  readonly observe: Observer;
  /** How many of all pairs of nodes have told each other the metric. */
  introduced(): number;
  /** Resolves with the moment at which the last node learned it. */
  whenKnown(owner: string, value: number): Promise<number>;
}

function createTracker(nodes: number): Tracker {
  let known = new Set<string>();
  const introduced = new Set<string>();
  let isAwaited = (_owner: string, _value: number): boolean => false;
  let complete = (_atMs: number): void => {};
  return {
    observe(observer, observation) {
      if (observation.type !== 'learned') return;
      if (introduced.size < nodes * nodes) introduced.add(`${observation.owner}>${observer}`);
      if (!isAwaited(observation.owner, observation.value)) return;
      known.add(observer);
      if (known.size === nodes) complete(observation.atMs);
    },
    introduced: () => introduced.size,
    whenKnown(owner, value) {
      known = new Set();
      isAwaited = (whose, what) => whose === owner && what === value;
      return new Promise((resolve) => {
        complete = resolve;
      });
    },
  };
}

/**
 * One change after another, each at a random node; ms from before its POST. `first`: each is the
 * first value of a metric whose name and definition nobody knows.
 */
async function changeMany(
  { isQuick }: Context,
  members: readonly Member[],
  tracker: Tracker,
  kind: 'later' | 'first' = 'later',
): Promise<number[]> {
  if (kind === 'later') {
    // Peers learn a metric's definition once; that is no part of the changes that follow.
    for (const { url } of members) await post(url, 0);
    await untilIntroduced(tracker, members.length);
  }
  await settle(5_000);
  const spreads: number[] = [];
  for (let value = 1; value <= (isQuick ? 20 : 200); value++) {
    const member = members[Math.floor(Math.random() * members.length)];
    if (member === undefined) break;
    const known = tracker.whenKnown(member.id, value);
    const startedAt = machineMs();
    await post(member.url, value, kind === 'first' ? `_${value}` : '');
    spreads.push(Math.min(LIMIT_MS, (await Promise.race([known, never()])) - startedAt));
    await sleep(PAUSE_MS.least + Math.random() * (PAUSE_MS.most - PAUSE_MS.least));
  }
  return spreads;
}

async function untilIntroduced(tracker: Tracker, nodes: number): Promise<void> {
  const endAt = machineMs() + INTRODUCTION_LIMIT_MS;
  while (tracker.introduced() < nodes * nodes) {
    if (machineMs() > endAt) throw new Error('a new metric did not reach all nodes in a minute');
    await sleep(200);
  }
}

const never = (): Promise<number> => sleep(LIMIT_MS, Number.POSITIVE_INFINITY, { ref: false });

async function post(url: string, value: number, suffix = ''): Promise<void> {
  const body = { name: `${WATCHED_METRIC}${suffix}`, value, priority: 10, delta: 1 };
  const { status, text } = await ask(`${url}/metrics`, { body });
  if (status !== 202) throw new Error(`POST /metrics was answered ${status}: ${text}`);
}

function rowsOf(what: string, spreads: readonly number[], aim: number, rival?: Rival): Row[] {
  const late = spreads.filter((spread) => spread >= LIMIT_MS).length;
  return [
    {
      what: `${what}, known to all, each`,
      values: spreads,
      unit: 'ms',
      note:
        `${spreads.length} of them ${PAUSE_MS.least} to ${PAUSE_MS.most} ms apart, each at a ` +
        `random node; from before the POST to the last node's own word; ${late} took ` +
        `${LIMIT_MS / 1_000} s or more`,
    },
    {
      what: `${what}, known to all, p99`,
      values: [quantile(spreads, 0.99)],
      unit: 'ms',
      aim,
      ...(rival !== undefined && { rival }),
    },
  ];
}
