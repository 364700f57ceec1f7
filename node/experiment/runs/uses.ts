// What each node of a run used over all its lives, the last known figures of the dead included.

import type { NodeUse } from './stage.ts';

export interface Uses {
  /** `now`: of its present life; undefined when it does not answer any more. */
  of(node: number, now: NodeUse | undefined): NodeUse;
  /** It begins another life, and counts from 0 again. */
  begin(node: number): void;
}

const UNUSED: NodeUse = {
  startedAtMs: 0,
  messages: 0,
  bodyBytes: 0,
  wireBytes: 0,
  sentBytes: 0,
  receivedBytes: 0,
  rounds: 0,
  cpuMs: null,
  rssBytes: null,
  lateMs: 0,
  lateP99Ms: 0,
};

export function createUses(): Uses {
  const past = new Map<number, NodeUse>();
  const last = new Map<number, NodeUse>();
  const allOf = (node: number): NodeUse => {
    const [before, now] = [past.get(node), last.get(node)];
    if (before === undefined) return now ?? UNUSED;
    return now === undefined ? before : sum(before, now);
  };
  return {
    of(node, now) {
      if (now !== undefined) last.set(node, now);
      return allOf(node);
    },
    begin(node) {
      past.set(node, allOf(node));
      last.delete(node);
    },
  };
}

const sum = (before: NodeUse, now: NodeUse): NodeUse => ({
  startedAtMs: before.startedAtMs,
  messages: before.messages + now.messages,
  bodyBytes: before.bodyBytes + now.bodyBytes,
  wireBytes: before.wireBytes + now.wireBytes,
  sentBytes: before.sentBytes + now.sentBytes,
  receivedBytes: before.receivedBytes + now.receivedBytes,
  rounds: before.rounds + now.rounds,
  cpuMs: now.cpuMs === null ? before.cpuMs : (before.cpuMs ?? 0) + now.cpuMs,
  rssBytes: now.rssBytes ?? before.rssBytes,
  lateMs: Math.max(before.lateMs, now.lateMs),
  lateP99Ms: Math.max(before.lateP99Ms, now.lateP99Ms),
});
