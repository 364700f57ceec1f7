// Failures, partitions and queries: they need time, nodes that are left, and one another.

import { formatDuration } from '../../../config/values.ts';
import { cutOffOf, killedOf } from '../points.ts';
import type { Check, Given } from './check.ts';

/** Gossip needs two. */
const LEAST_ALIVE = 2;

export const checkFaults: Check = (given) => [
  ...checkFailureRates(given),
  ...checkNeedlessFailure(given),
  ...checkQuorum(given),
  ...checkSides(given),
  ...checkMeasured(given),
];

const isFailing = ({ plan }: Given): boolean => plan.grid.failureRate.some((rate) => rate > 0);

const checkFailureRates: Check = ({ plan, refuse }) => {
  const nodes = Math.min(...plan.grid.nodes);
  const rate = Math.max(...plan.grid.failureRate);
  const killed = killedOf(nodes, rate);
  if (nodes - killed >= LEAST_ALIVE) return [];
  const rule =
    `must leave ${LEAST_ALIVE} nodes alive, and kills ${killed} of ${nodes}; ` +
    'lower it or start more nodes';
  return [refuse('failure.rate', rate, rule)];
};

/** What is said about a failure that never comes would be read by nobody. */
const checkNeedlessFailure: Check = (given) => {
  const { plan, isWritten, refuse } = given;
  if (isFailing(given)) return [];
  const { atMs, how, restartAfterMs = 0 } = plan.failure;
  const values = { at: formatDuration(atMs), how, restart_after: formatDuration(restartAfterMs) };
  return Object.entries(values)
    .filter(([key]) => isWritten(`failure.${key}`))
    .map(([key, value]) => {
      const rule =
        'must come with a failure.rate above 0, for no node fails; add it, or remove this';
      return refuse(`failure.${key}`, value, rule);
    });
};

/** Checked where fewest are left: the smallest cluster at the highest rate. */
const checkQuorum: Check = ({ plan, refuse, cite }) => {
  if (plan.queries === undefined) return [];
  const nodes = Math.min(...plan.grid.nodes);
  const rate = Math.max(...plan.grid.failureRate);
  const alive = nodes - killedOf(nodes, rate);
  const { quorum } = plan.queries;
  // Fewer than two alive is told by itself.
  if (quorum <= alive || (rate > 0 && alive < LEAST_ALIVE)) return [];
  const all = `the number of nodes, and ${cite('nodes', nodes)}; lower it or start more nodes`;
  const left =
    `the nodes left alive of ${nodes}, for ${cite('failure.rate', rate)}; ` +
    'lower it, kill fewer or start more nodes';
  const rule = `must be at most ${alive}, ${rate > 0 ? left : all}`;
  return [refuse('queries.quorum', quorum, rule)];
};

const checkSides: Check = ({ plan, refuse }) => {
  if (plan.partition === undefined) return [];
  const { share } = plan.partition;
  const empty = plan.grid.nodes.find((nodes) => {
    const cutOff = cutOffOf(nodes, share);
    return cutOff < 1 || cutOff >= nodes;
  });
  if (empty === undefined) return [];
  const rule = `must leave nodes on both sides, and cuts off ${cutOffOf(empty, share)} of ${empty}`;
  return [refuse('partition.share', share, rule)];
};

/** All of these happen in the measured time. */
const checkMeasured: Check = (given) => {
  const { plan, refuse, cite } = given;
  const { measureMs, failure, partition, queries } = plan;
  const users = [
    ...(isFailing(given) ? ['failure.rate'] : []),
    ...(partition === undefined ? [] : ['partition']),
    ...(queries === undefined ? [] : ['queries']),
  ];
  if (measureMs === 0) {
    const rule = `must be above 0, for ${users.join(' and ')} need time after convergence`;
    return users.length === 0 ? [] : [refuse('measure', '0s', `${rule}; 60s will do`)];
  }
  const end = `before the measured time ends, and ${cite('measure', formatDuration(measureMs))}`;
  const times = isFailing(given)
    ? [
        { setting: 'failure.at', ms: failure.atMs, endMs: failure.atMs, what: 'come' },
        {
          ...{ setting: 'failure.restart_after', ms: failure.restartAfterMs ?? 0, what: 'be over' },
          endMs: failure.atMs + (failure.restartAfterMs ?? 0),
        },
      ]
    : [];
  if (partition !== undefined) {
    const { atMs, forMs } = partition;
    times.push({ setting: 'partition.at', ms: atMs, endMs: atMs, what: 'come' });
    times.push({ setting: 'partition.for', ms: forMs, endMs: atMs + forMs, what: 'be over' });
  }
  const late = times.filter(({ endMs }) => endMs >= measureMs);
  // A start too late makes its end so as well; one sentence is enough.
  return late
    .filter(({ setting }, i) => late[i - 1]?.setting.split('.')[0] !== setting.split('.')[0])
    .map(({ setting, ms, what }) => refuse(setting, formatDuration(ms), `must ${what} ${end}`));
};
