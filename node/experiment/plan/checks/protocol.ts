// Settings of the protocol against the grid: whatever makes a full view impossible is refused.

import { formatBytes, formatDuration } from '../../../config/values.ts';
import { MEMBER_ROOM_BYTES } from '../plan.ts';
import type { Check } from './check.ts';

export const checkProtocol: Check = (given) => [
  ...checkBounds(given),
  ...checkRoom(given),
  ...checkDurations(given),
  ...checkDelay(given),
];

/** What is refused for want of room is missing in every view. */
const checkBounds: Check = ({ plan, refuse, cite }) => {
  const { max_members: members, max_metrics: metrics } = plan.protocol;
  const nodes = Math.max(...plan.grid.nodes);
  const problems = plan.grid.metricSet
    .filter((set) => set.metrics.length > metrics)
    .map((set) => {
      const rule = `must be at least ${set.metrics.length}, the metrics of ${set.name}`;
      return refuse('protocol.max_metrics', metrics, rule);
    });
  if (members === undefined || members >= nodes) return problems;
  const rule = `must be at least the number of nodes, and ${cite('nodes', nodes)}`;
  return [...problems, refuse('protocol.max_members', members, rule)];
};

const checkRoom: Check = ({ plan, refuse, cite }) => {
  const { max_view: bytes } = plan.protocol;
  const nodes = Math.max(...plan.grid.nodes);
  if (bytes === undefined || bytes >= nodes * MEMBER_ROOM_BYTES) return [];
  const room = formatBytes(MEMBER_ROOM_BYTES);
  const rule = `must be at least ${room} a node, and ${cite('nodes', nodes)}`;
  return [refuse('protocol.max_view', formatBytes(bytes), rule)];
};

const checkDurations: Check = ({ plan, refuse, cite }) => {
  const { refresh, suspicion_min: min, suspicion_max: max } = plan.protocol;
  const roundMs = Math.max(...plan.grid.roundMs);
  const round = cite('round', formatDuration(roundMs));
  const long = 'must be at least as long as';
  return [
    ...(refresh !== undefined && refresh < roundMs
      ? [refuse('protocol.refresh', formatDuration(refresh), `${long} a round, and ${round}`)]
      : []),
    ...(min !== undefined && max !== undefined && max < min
      ? [refuse('protocol.suspicion_max', formatDuration(max), `${long} protocol.suspicion_min`)]
      : []),
  ];
};

/** An exchange goes there and back. */
const checkDelay: Check = ({ plan, refuse, cite }) => {
  const timeoutMs = plan.protocol.exchange_timeout;
  if (plan.minDelayMs * 2 < timeoutMs) return [];
  const timeout = cite('protocol.exchange_timeout', formatDuration(timeoutMs));
  const rule = `must let an exchange go there and back in time, and ${timeout}`;
  return [refuse('delay', formatDuration(plan.minDelayMs), rule)];
};
