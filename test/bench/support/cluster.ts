// Clusters to measure: n1 … nN as `npm run nodes` starts them, with other settings where wanted.

import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PRIMARY_METRICS } from '../../../node/config/metrics.ts';
import type { NodeConfig } from '../../../node/config/schema.ts';
import type { FlagValues } from '../../../node/config/sources/environment.ts';
import { readConfig } from '../../../node/config/sources/file.ts';
import { whenAllKnowAll } from '../../../node/experiment/readiness.ts';
import type { Context } from '../benchmark.ts';

export interface Member {
  readonly id: string;
  readonly url: string;
  stop(): Promise<void>;
}

export interface Launcher {
  start(config: NodeConfig): Promise<Member>;
  /** Ends what all nodes share. */
  close(): Promise<void>;
}

export const FIXED_ROUNDS = { round: '1s', max_round: '1s' } as const;
export const ADAPTIVE_ROUNDS = { round: '1s' } as const;

const STARTING_AT_ONCE = 8;
const SEEDS = 3;
const READY_LIMIT_MS = 120_000;

/** Settings of `count` nodes above the base port, with a folder that no cluster used before. */
export async function clusterConfigs(
  { basePort, folder }: Context,
  count: number,
  flags: FlagValues,
): Promise<NodeConfig[]> {
  const { config } = await readConfig({
    environment: {},
    flags: { log_level: 'error', data: mkdtempSync(join(folder, 'cluster-')), ...flags },
  });
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  const seeds = numbers.slice(0, SEEDS).map((i) => `http://127.0.0.1:${basePort + i}`);
  return numbers.map((i) => {
    const own = `http://127.0.0.1:${basePort + i}`;
    const join = seeds.filter((seed) => seed !== own);
    return { ...config, id: `n${i}`, port: basePort + i, join };
  });
}

/** Starts them, a few at once, and waits until all know all. */
export async function startCluster<M extends Member>(
  configs: readonly NodeConfig[],
  start: (config: NodeConfig) => Promise<M>,
): Promise<M[]> {
  const waiting = [...configs];
  const members: M[] = [];
  const startSome = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      members.push(await start(next));
    }
  };
  try {
    await Promise.all(Array.from({ length: STARTING_AT_ONCE }, startSome));
    await untilReady(members);
  } catch (error) {
    await stopCluster(members);
    throw error;
  }
  return members.sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
}

export async function untilReady(members: readonly Member[]): Promise<void> {
  const limit = AbortSignal.timeout(READY_LIMIT_MS);
  await whenAllKnowAll(members, PRIMARY_METRICS, limit);
  if (limit.aborted) {
    throw new Error(`${members.length} nodes did not know each other in ${READY_LIMIT_MS} ms`);
  }
}

export async function stopCluster(members: readonly Member[]): Promise<void> {
  await Promise.allSettled(members.map((member) => member.stop()));
}

/** Until adaptive rounds have stretched and first refreshes are over. */
export const settle = (milliseconds: number): Promise<void> => sleep(milliseconds);
