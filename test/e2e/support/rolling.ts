// Restarts a cluster a node at a time, as an upgrade does, and watches all others meanwhile.

import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../../../node/host/network/http-client.ts';
import type { HistoryAnswer, StateAnswer } from '../../../node/http/answers/shapes.ts';

/** A node that can be stopped, with a goodbye, and started again at its old place. */
export interface Restartable {
  readonly id: string;
  readonly url: string;
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface Watched {
  readonly seconds: number;
  /** How often another node's /state was looked at. */
  readonly looks: number;
  /** What was missing in one, or dead in its eyes; empty when all was well. */
  readonly faults: readonly string[];
}

const LOOK_MS = 20;
const ASK_MS = 5_000;
const NODE_LIMIT_MS = 30_000;

const stateAt = async (url: string): Promise<StateAnswer> =>
  (await ask(`${url}/state`, ASK_MS)).body as StateAnswer;

/** What a view lacks: nodes, metrics of a node, or life. */
export function faultsOf(
  { answeredBy, nodes }: StateAnswer,
  ids: readonly string[],
  metrics: readonly string[],
): string[] {
  return ids.flatMap((id) => {
    const node = nodes[id];
    if (node === undefined) return [`${answeredBy} does not know ${id}`];
    const lacking = metrics.filter((metric) => !(metric in node.metrics));
    const faults = lacking.map((metric) => `${answeredBy} has no ${metric} of ${id}`);
    if (node.status === 'dead') faults.push(`${answeredBy} holds ${id} for dead`);
    return faults;
  });
}

/** One after another; the next when the last one's view is whole and another node has it back. */
export async function restartAll(
  members: readonly Restartable[],
  metrics: readonly string[],
): Promise<Watched> {
  const ids = members.map(({ id }) => id);
  const faults = new Set<string>();
  let looks = 0;
  let away: Restartable | undefined;
  let isOver = false;
  const watch = async (): Promise<void> => {
    for (let at = 0; !isOver; at = (at + 1) % members.length) {
      const member = members[at];
      if (member === undefined || member === away) continue;
      const state = await stateAt(member.url).catch(() => undefined);
      // It may have become the next one meanwhile.
      if (member === away) continue;
      if (state === undefined) faults.add(`${member.id} did not answer`);
      else for (const fault of faultsOf(state, ids, metrics)) faults.add(fault);
      looks++;
      await sleep(LOOK_MS);
    }
  };
  const startedAt = performance.now();
  const watching = watch();
  try {
    for (const [at, member] of members.entries()) {
      away = member;
      await member.stop();
      await member.start();
      const other = members[(at + 1) % members.length];
      if (other !== undefined) await untilBack(member, other, ids, metrics);
    }
    away = undefined;
  } finally {
    isOver = true;
    await watching;
  }
  return { seconds: (performance.now() - startedAt) / 1_000, looks, faults: [...faults] };
}

async function untilBack(
  { id, url }: Restartable,
  other: Restartable,
  ids: readonly string[],
  metrics: readonly string[],
): Promise<void> {
  const limit = performance.now() + NODE_LIMIT_MS;
  for (;;) {
    const [own, others] = await Promise.all([stateAt(url), stateAt(other.url)].map(settled));
    const isWhole = own !== undefined && faultsOf(own, ids, metrics).length === 0;
    const generation = own?.nodes[id]?.generation;
    const seen = others?.nodes[id];
    if (isWhole && seen?.status === 'alive' && seen.generation === generation) return;
    if (performance.now() > limit) throw new Error(`${id} was not back after ${NODE_LIMIT_MS} ms`);
    await sleep(LOOK_MS);
  }
}

const settled = <T>(work: Promise<T>): Promise<T | undefined> => work.catch(() => undefined);

/** Samples of all nodes that a node has stored up to a moment. */
export async function storedUntil(url: string, to: Date): Promise<HistoryAnswer['points']> {
  const { body } = await ask(`${url}/history?from=0&to=${to.toISOString()}`, ASK_MS);
  return (body as HistoryAnswer).points;
}
