// What stages of real nodes share: the run's clock, waiting that can be stopped, queries over HTTP.

import { setTimeout as sleep } from 'node:timers/promises';
import { OperatingError } from '../../errors.ts';
import { ask } from '../../host/network/http-client.ts';
import type { QueryAnswer } from '../../http/answers/shapes.ts';
import { absoluteMs, addressOf } from '../emulation/setup.ts';
import { nodeName } from '../measures/names.ts';
import type { RunSpec } from '../plan/plan.ts';
import type { Question, Reply } from './stage.ts';
import { failureOf, TOO_FEW } from './stage.ts';

export interface RealTime {
  /** Set when the nodes start. */
  zeroMs: number;
  now(): number;
  /** Ends at the abort at once. */
  until(at: number): Promise<void>;
}

export function createRealTime(signal: AbortSignal): RealTime {
  const time: RealTime = {
    zeroMs: absoluteMs(),
    now: () => absoluteMs() - time.zeroMs,
    async until(at) {
      const waitMs = at - time.now();
      if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    },
  };
  return time;
}

/** Beyond the query's own limit of 5 s. */
const ASK_TIMEOUT_MS = 6_000;

/** Asks the coordinator as any user would. */
export async function askOverHttp(
  spec: RunSpec,
  { coordinator, target, metric, quorum, tries }: Question,
): Promise<Reply> {
  const startedAt = performance.now();
  const url = new URL('/query', addressOf(spec, coordinator));
  url.searchParams.set('node', nodeName(target));
  url.searchParams.set('metric', spec.point.metricSet.metrics[metric]?.name ?? '');
  url.searchParams.set('quorum', String(quorum));
  url.searchParams.set('tries', String(tries));
  const end = (
    failure: string,
    { quorum: answer, rows = [] }: Partial<QueryAnswer> = {},
  ): Reply => ({
    failure,
    tries: answer?.tries ?? 0,
    messages: answer?.messages ?? 0,
    timeMs: performance.now() - startedAt,
    statedStalenessMs: answer?.staleness?.atMostMs ?? null,
    // Of the one metric; without an agreement, the newest that was seen.
    generation: rows[0]?.generation ?? answer?.newest?.generation ?? 0,
    version: rows[0]?.version ?? answer?.newest?.version ?? 0,
  });
  try {
    const { status, body } = await ask(url, ASK_TIMEOUT_MS);
    if (status !== 200) return end(status === 409 ? TOO_FEW : 'unreachable');
    const answer = body as QueryAnswer;
    return answer.quorum ? end(failureOf(answer.quorum.outcome), answer) : end('unreachable');
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    return end('unreachable');
  }
}

/** Ports are chosen for all nodes at once, and so is the way out when one is taken. */
export async function namingPorts<T>(start: () => T | Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof OperatingError) || error.code !== 'port_taken') throw error;
    const [what] = error.message.split(';');
    throw new OperatingError(error.code, `${what}; --base-port moves all nodes.`, { cause: error });
  }
}

/** Two others as seeds: the first node, which all know, and the next one. */
export const othersToJoin = (index: number, nodes: number): number[] =>
  [...new Set([0, (index + 1) % nodes])].filter((other) => other !== index);
