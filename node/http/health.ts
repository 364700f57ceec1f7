// GET /livez and /readyz. Ready means that this node does its own work; it says nothing of peers,
// or one dead machine would take all others out of rotation.

import { Hono } from 'hono';
import type { ProbeRun } from '../ports.ts';
import type { AppDependencies } from './access/dependencies.ts';
import type { Check, ReadyAnswer, StorageAnswer } from './answers/health-shapes.ts';
import { answerProblem } from './answers/problem.ts';
import { headingOf, readClock } from './view/view-json.ts';

type Dependencies = Pick<
  AppDependencies,
  | 'view'
  | 'clock'
  | 'store'
  | 'probes'
  | 'stats'
  | 'peerProblems'
  | 'connections'
  | 'limits'
  | 'listeners'
  | 'userMetrics'
>;

// A busy machine delays rounds; only a loop that stands still for both of these is stuck.
const STUCK_ROUNDS = 10;
const STUCK_MS = 10_000;

const check = (status: Exclude<Check['status'], 'ok'>, problems: string[]): Check =>
  problems.length === 0 ? { status: 'ok', problems } : { status, problems };

/** The only check that decides: whether this node's own loop turns. */
const gossipProblems = ({ view, stats }: Dependencies): string[] => {
  const self = view.member(view.selfId);
  if (self === undefined) return ['The node has not started to gossip yet.'];
  if (self.status === 'left') return ['The node is leaving the cluster.'];
  const { sinceRoundMs, roundMs } = stats();
  if (sinceRoundMs <= Math.max(STUCK_MS, STUCK_ROUNDS * roundMs)) return [];
  return [`No gossip round began for ${Math.round(sinceRoundMs / 1_000)} s; restart the node.`];
};

const storageProblems = ({ store }: Dependencies): string[] => {
  const { state, problem } = store.health();
  return state === 'degraded' ? [problem ?? 'The store does not keep up.'] : [];
};

/** `no_data` is no problem: this machine does not have what the probe measures. */
export const probeProblems = (runs: readonly ProbeRun[]): string[] =>
  runs.flatMap(({ probe, outcome, problem = 'it did not say why.', remarks = [] }) => [
    ...(outcome === 'failed' ? [`Probe ${probe} failed: ${problem}`] : []),
    ...remarks.map((remark) => `Probe ${probe}: ${remark}`),
  ]);

const storageOf = ({ store }: Dependencies): StorageAnswer => {
  const { problem: _, spooledRows = 0, oldestWaitingMs = 0, ...counts } = store.health();
  return { ...counts, spooledRows, oldestWaitingMs: Math.round(oldestWaitingMs) };
};

const readiness = (deps: Dependencies): ReadyAnswer => {
  const gossip = check('failed', gossipProblems(deps));
  return {
    ...headingOf(deps.view, readClock(deps.clock)),
    ready: gossip.status === 'ok',
    checks: {
      gossip,
      // Whom others refuse, or who stores and measures nothing, still answers.
      peers: check('degraded', [...deps.peerProblems()]),
      storage: check('degraded', storageProblems(deps)),
      probes: check('degraded', probeProblems(deps.probes())),
    },
    gossip: deps.stats(),
    storage: storageOf(deps),
    metrics: deps.userMetrics.counts(),
    ...(deps.listeners && { listeners: deps.listeners() }),
    ...(deps.connections && { connections: deps.connections() }),
    ...(deps.limits && { limits: deps.limits() }),
  };
};

export const healthRoutes = (deps: Dependencies) =>
  new Hono()
    .get('/livez', (c) => c.json({ status: 'ok' }, 200, { 'Cache-Control': 'no-store' }))
    .get('/readyz', (c) => {
      const answer = readiness(deps);
      if (answer.ready) return c.json(answer, 200, { 'Cache-Control': 'no-store' });
      const detail = answer.checks.gossip.problems.join(' ');
      return answerProblem(
        c,
        { status: 503, code: 'not_ready', title: 'The node is not ready', detail },
        answer,
      );
    });
