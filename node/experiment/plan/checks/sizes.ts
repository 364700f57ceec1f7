// Numbers that must fit one another: targets and nodes, runs in all, times and rounds.

import { formatDuration } from '../../../config/values.ts';
import { countRuns } from '../points.ts';
import type { Check } from './check.ts';

/** A grid grows by multiplication; past this it is a slip of the hand. */
const MAX_RUNS = 100_000;

export const checkSizes: Check = (given) => [
  ...checkTargets(given),
  ...checkRuns(given),
  ...checkTimes(given),
];

const checkTargets: Check = ({ plan, refuse, cite }) => {
  const nodes = Math.min(...plan.grid.nodes);
  const targets = Math.max(...plan.grid.targetCount);
  if (targets < nodes) return [];
  const why = `for no node calls itself, and ${cite('nodes', nodes)}`;
  const rule = `must be below the number of nodes, ${why}; lower it or start more nodes`;
  return [refuse('target_count', targets, rule)];
};

const checkRuns: Check = ({ plan, refuse }) => {
  const count = countRuns(plan);
  if (count <= MAX_RUNS) return [];
  const points = count / plan.runs;
  const sum = `${points} points give ${count} runs, and ${MAX_RUNS} is the most`;
  return [refuse('runs', plan.runs, `must be lower, for ${sum}; repeat or vary less`)];
};

/** Nothing converges, and nothing can be measured, in less than a round. */
const checkTimes: Check = ({ plan, refuse, cite }) => {
  const { convergenceLimitMs, measureMs } = plan;
  const roundMs = Math.max(...plan.grid.roundMs);
  const longest = cite('round', formatDuration(roundMs));
  const rule = `must last a round at least, and ${longest}`;
  const tooShort: [boolean, string, number, string][] = [
    [convergenceLimitMs < roundMs, 'converge_within', convergenceLimitMs, rule],
    [measureMs > 0 && measureMs < roundMs, 'measure', measureMs, `${rule}; or be 0`],
  ];
  return tooShort.flatMap(([isTooShort, setting, durationMs, text]) =>
    isTooShort ? [refuse(setting, formatDuration(durationMs), text)] : [],
  );
};
