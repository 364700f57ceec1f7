// Drivers to talk to: real engines, stores and transports of one process, under a clock that moves
// only when told.

import { createRandom } from '../../node/core/random.ts';
import { WireError } from '../../node/core/wire/messages.ts';
import type { LoopEvent } from '../../node/driver/loop.ts';
import { createDriver, type Driver, type DriverOptions } from '../../node/driver.ts';
import { OperatingError } from '../../node/errors.ts';
import type { Clock, Reading, Store, Transport } from '../../node/ports.ts';
import { createMemoryStore } from '../../node/storage/database/memory-store.ts';
import { withDelay } from '../../node/transport/faults.ts';
import { createInProcessNetwork, type InProcessNetwork } from '../../node/transport/in-process.ts';
import { CALM, FIXED, URGENT } from '../core/support.ts';

/** Wall time minus monotonic time; far enough for the two never to be taken for one another. */
export const WALL_OFFSET_MS = 1_700_000_000_000;

/** Each way, as between machines of one room. */
const LATENCY = { minMs: 0.5, maxMs: 1 };

export interface TestClock extends Clock {
  /** Moves on by this much, one timer after the other, each with all that follows from it. */
  advance(byMs: number): Promise<void>;
  /** Time passes and nothing runs, as when the event loop is held. */
  stall(byMs: number): void;
  /** Timers that still wait. */
  timers(): number;
}

export function createTestClock(): TestClock {
  let nowMs = 0;
  const timers = new Set<{ readonly dueMs: number; readonly callback: () => void }>();
  // Promises settle before the event loop's next turn.
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const nextDue = (untilMs: number) =>
    [...timers].filter(({ dueMs }) => dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs)[0];
  return {
    monotonicMs: () => nowMs,
    wallMs: () => WALL_OFFSET_MS + nowMs,
    timers: () => timers.size,
    after(delayMs, callback) {
      const timer = { dueMs: nowMs + delayMs, callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    stall(byMs) {
      nowMs += byMs;
    },
    async advance(byMs) {
      const untilMs = nowMs + byMs;
      await settle();
      for (let timer = nextDue(untilMs); timer !== undefined; timer = nextDue(untilMs)) {
        timers.delete(timer);
        nowMs = Math.max(nowMs, timer.dueMs);
        timer.callback();
        await settle();
      }
      nowMs = untilMs;
    },
  };
}

export interface TestDriver extends Driver {
  readonly id: string;
  readonly address: string;
  readonly store: Store;
  readonly transport: Transport;
  readonly events: LoopEvent[];
  /** Readings that the next samples bring. */
  readonly machine: Map<string, number>;
  /** Nothing listens any more, as when the process was killed. */
  unplug(): void;
}

export interface World {
  readonly clock: TestClock;
  readonly network: InProcessNetwork;
  create(id: string, choices?: Partial<DriverOptions>): TestDriver;
}

export function createWorld(): World {
  const clock = createTestClock();
  const network = createInProcessNetwork({ clock });
  let seed = 1;
  return {
    clock,
    network,
    create(id, choices = {}) {
      const { address = `http://${id}`, store = createMemoryStore() } = choices;
      const machine = new Map([
        ['storage', 50],
        ['cpu', 10],
      ]);
      const events: LoopEvent[] = [];
      const transport = withDelay(network.transport(), {
        clock,
        random: createRandom(seed),
        ...LATENCY,
      });
      const driver = createDriver({
        id,
        generation: 1,
        settings: FIXED,
        random: createRandom(seed++),
        definitions: [URGENT, CALM],
        seeds: [],
        clock,
        transport,
        sampleMs: 1_000,
        everyMs: new Map(),
        localUnits: new Map(),
        collect: async () => readingsOf(machine),
        onEvent: (event) => events.push(event),
        ...choices,
        address,
        store,
      });
      const unplug = network.listen(address, (body) => driver.gossip(body).catch(refuse));
      return { ...driver, id, address, store, transport, events, machine, unplug };
    },
  };
}

const readingsOf = (machine: ReadonlyMap<string, number>): Reading[] =>
  [...machine].map(([metric, value]) => ({ metric, value }));

/** As the HTTP app answers what it does not understand. */
function refuse(error: unknown): never {
  if (error instanceof WireError) throw new OperatingError(error.code, error.message);
  throw error;
}

/** Started together; all but the first know the first. */
export async function startFleet(world: World, count: number): Promise<TestDriver[]> {
  const fleet = Array.from({ length: count }, (_, i) =>
    world.create(`n${i + 1}`, { seeds: i === 0 ? [] : ['http://n1'] }),
  );
  const started = Promise.all(fleet.map((driver) => driver.start()));
  await world.clock.advance(300);
  await started;
  return fleet;
}

/** What a driver's view holds of one metric of one node. */
export const heldBy = (viewer: Driver, id: string, metric: string): number | undefined =>
  viewer.view.member(id)?.metrics.find(({ definition }) => definition.name === metric)?.value;

export const statusesIn = (viewer: Driver): Record<string, string> =>
  Object.fromEntries(viewer.view.members().map(({ id, status }) => [id, status]));
