// An upgrade of a fleet: twenty nodes are restarted one after another, over real HTTP, with files.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../node/config/load.ts';
import { PRIMARY_METRICS } from '../../node/config/metrics.ts';
import type { LoopEvent } from '../../node/driver/loop.ts';
import { whenAllKnowAll } from '../../node/experiment/readiness.ts';
import type { HostedNode } from '../../node/host/composition.ts';
import { startNode } from '../../node/host/node.ts';
import { createMachine } from '../../node/host/process/measuring.ts';
import { createWorkerStores } from '../../node/storage/thread/worker.ts';
import { endEverything, newFolder } from './support/commands.ts';
import { freeBasePort } from './support/ports.ts';
import { type Restartable, restartAll, storedUntil, type Watched } from './support/rolling.ts';

const COUNT = 20;
const stores = createWorkerStores();
const machine = createMachine([]);
const running = new Map<string, HostedNode>();
const events: (LoopEvent & { readonly observer: string })[] = [];

let members: Restartable[] = [];
let watched: Watched;
let begun: Date;
let before: Map<string, Set<string>>;

const offered = async (): Promise<string[]> => {
  const names = (await machine.collect(performance.now())).map(({ metric }) => metric);
  return PRIMARY_METRICS.filter((name) => names.includes(name));
};

/** By node, the samples of all nodes that it has stored from before the restarts. */
const rowsOfAll = async (): Promise<Map<string, Set<string>>> =>
  new Map(
    await Promise.all(
      members.map(async ({ id, url }) => {
        const rows = (await storedUntil(url, begun)).map((row) => JSON.stringify(row));
        return [id, new Set(rows)] as const;
      }),
    ),
  );

function memberOf(i: number, basePort: number, data: string): Restartable {
  const id = `n${i}`;
  const { config } = loadConfig({
    environment: {},
    flags: {
      ...{ id, port: String(basePort + i), data, round: '500ms', log_level: 'error' },
      join: [1, 2, 3]
        .filter((seed) => seed !== i)
        .map((seed) => `http://127.0.0.1:${basePort + seed}`)
        .join(','),
    },
  });
  return {
    id,
    url: `http://127.0.0.1:${basePort + i}`,
    async start() {
      const onEvent = (event: LoopEvent) => events.push({ ...event, observer: id });
      running.set(id, await startNode(config, { stores, machine, log: () => {}, onEvent }));
    },
    stop: async () => running.get(id)?.close({ reason: 'upgrade' }),
  };
}

describe('a rolling restart of 20 nodes', () => {
  beforeAll(async () => {
    const [basePort, data] = [await freeBasePort(COUNT), await newFolder()];
    members = Array.from({ length: COUNT }, (_, i) => memberOf(i + 1, basePort, data));
    for (const member of members) await member.start();
    await whenAllKnowAll(members, PRIMARY_METRICS, AbortSignal.timeout(30_000));
    await Promise.all([...running.values()].map(({ store }) => store.flush()));
    begun = new Date();
    before = await rowsOfAll();
    watched = await restartAll(members, await offered());
  }, 90_000);

  afterAll(async () => {
    await Promise.all([...running.values()].map((node) => node.close()));
    await stores.close();
    await endEverything();
  });

  it('ends within a minute', () => {
    expect(watched.seconds).toBeLessThan(60);
  });

  it('leaves every other node answering for all of them throughout', () => {
    expect(watched.faults).toEqual([]);
    expect(watched.looks).toBeGreaterThan(COUNT);
  });

  it('lets no node take a restart for a death', () => {
    const deaths = events.filter((event) => event.type === 'member' && event.change === 'dead');
    expect(deaths).toEqual([]);
    const returns = events.filter(
      (event) => event.type === 'member' && event.change === 'replaced',
    );
    expect(returns.length).toBeGreaterThan(0);
  });

  it('loses nothing of what was stored before', async () => {
    const after = await rowsOfAll();
    for (const [id, rows] of before) {
      expect(rows.size).toBeGreaterThanOrEqual(COUNT);
      // News of others that was sampled before may still have come since.
      const lost = [...rows].filter((row) => after.get(id)?.has(row) !== true);
      expect(lost, id).toEqual([]);
    }
  });
});
