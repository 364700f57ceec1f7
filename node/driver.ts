// A running node: the engine in its loop, the sampler that feeds it, and what it keeps on disk to
// come back by itself.

import { createEngine, type Engine, type EngineOptions, type EngineStatus } from './core/engine.ts';
import type { ClusterView, LeaveNotice, MetricDefinition } from './core/model.ts';
import { WIRE_CODEC } from './core/wire/codec.ts';
import { createIdentityWriter } from './driver/identity.ts';
import { createLoop, type Loop, type LoopEvent, type LoopPorts } from './driver/loop.ts';
import { createPeerClocks } from './driver/peer-clocks.ts';
import { type SamplerOptions, staleAfterMs } from './driver/sampler.ts';
import { BY_TIMERS } from './driver/timing.ts';
import { OperatingError } from './errors.ts';
import type { Reading } from './ports.ts';

export interface DriverOptions
  extends EngineOptions,
    LoopPorts,
    Pick<SamplerOptions, 'collect' | 'sampleMs' | 'everyMs'> {
  /** Units of the metrics that are measured but not gossiped, by name. */
  readonly localUnits: ReadonlyMap<string, string>;
  /**
   * How long a sampling waits for slow probes, ms: bounds when a metric is stale. Absent where
   * there are no fixed steps: then none ever is.
   */
  readonly patienceMs?: number;
  readonly onEvent: (event: LoopEvent) => void;
}

export interface Driver {
  readonly view: ClusterView;
  /** Resolves when the first sample was taken and rounds go on by themselves. */
  start(): Promise<void>;
  /**
   * A gossip body in, its answer out; rejects with a WireError for what is not understood, with an
   * OperatingError for a sender whose clock nobody believes, and with what `admit` throws for the
   * address that the sender gives as its own.
   */
  gossip(body: Uint8Array, admit?: (address: string) => void): Promise<Uint8Array>;
  /** Own metrics that are gossiped, by name. */
  definitions(): ReadonlyMap<string, MetricDefinition>;
  define(definition: MetricDefinition): void;
  /** These are told no more, anywhere; costs what a restart costs. */
  endMetrics(names: readonly string[]): void;
  publish(readings: readonly Reading[]): void;
  /** Addresses to call from now on, in the place of the seeds there were. */
  setSeeds(addresses: readonly string[]): void;
  /** Peers reach this node at another address now. */
  moveTo(address: string): void;
  /** Tells the peers; resolves when they were told, or half a second has passed. */
  leave(notice: LeaveNotice): Promise<void>;
  stop(): void;
  status(): EngineStatus & { readonly roundStartedAt: number };
}

/** How long a leaving node waits until its goodbye has arrived, and how often it looks. */
const LEAVE_WAIT_MS = 500;
const LEAVE_LOOK_MS = 20;

export function createDriver(options: DriverOptions): Driver {
  const { clock, codec = WIRE_CODEC } = options;
  const staleAfter = staleAfterOf(options);
  const engine = createEngine({ ...options, staleAfterMs: staleAfter }, clock.monotonicMs());
  const identity = createIdentityWriter(options, engine.view);
  const loop = createLoop(engine, options, (event) => {
    if (event.type === 'regenerated') identity.save(event.generation);
    if (event.type === 'member' && event.change === 'alive') identity.countPeer();
    options.onEvent(event);
  });
  const peerClocks = createPeerClocks(options, engine.view);
  const local = createLocalRecorder(options, identity.generation);
  const definitions = new Map(options.definitions.map((metric) => [metric.name, metric]));
  const sampler = (options.timing ?? BY_TIMERS).createSampler({
    ...options,
    take(readings) {
      loop.feed({ type: 'samples', readings });
      local.record(readings);
      identity.saveWhenDue();
      peerClocks.tellWhenDue();
    },
  });
  return {
    view: engine.view,
    async start() {
      identity.save(options.generation);
      await sampler.start();
      loop.start();
    },
    async gossip(body, admit) {
      const message = codec.decodeRequest(body, engine.cluster);
      admit?.(engine.senderAddress(message));
      if (engine.isSenderAhead(message, clock.monotonicMs())) throw aheadProblem(clock.wallMs());
      return loop.ask(message);
    },
    definitions: () => definitions,
    define(definition) {
      definitions.set(definition.name, definition);
      loop.feed({ type: 'define', definition });
    },
    endMetrics(names) {
      for (const name of names) definitions.delete(name);
      loop.feed({ type: 'end_metrics', names });
    },
    publish: (readings) => loop.feed({ type: 'samples', readings }),
    setSeeds: (addresses) => loop.feed({ type: 'seeds', addresses }),
    moveTo: (address) => loop.feed({ type: 'moved', address }),
    async leave(notice) {
      await sayGoodbye(options, loop, engine, notice);
      identity.saveWhenDue(0);
    },
    stop() {
      sampler.stop();
      loop.stop();
    },
    status: () => ({ ...engine.status(), roundStartedAt: loop.roundStartedAt() }),
  };
}

/** The refusal of who runs under a generation of a clock that is far ahead. */
export const GENERATION_AHEAD = 'generation_ahead';

const aheadProblem = (wallMs: number): OperatingError =>
  new OperatingError(
    GENERATION_AHEAD,
    "Your node's generation lies more than ten years after the clock of the node you called, " +
      `which says ${new Date(wallMs).toISOString().slice(0, 10)}; set both clocks by NTP: then ` +
      'this mends itself.',
  );

/** Of the metrics that are sampled; what users post has no period. */
const staleAfterOf = (options: DriverOptions): ReadonlyMap<string, number> => {
  const { definitions, patienceMs } = options;
  if (patienceMs === undefined) return new Map();
  return new Map(definitions.map(({ name }) => [name, staleAfterMs(options, name, patienceMs)]));
};

async function sayGoodbye(
  { clock }: DriverOptions,
  loop: Loop,
  engine: Engine,
  notice: LeaveNotice,
): Promise<void> {
  loop.feed({ type: 'leave', notice });
  const until = clock.monotonicMs() + LEAVE_WAIT_MS;
  // After a storm of urgent news the goodbye waits for its turn, and nothing is pending yet.
  const isUnsaid = (): boolean => engine.status().pending > 0 || engine.nextWakeAt() <= until;
  while (isUnsaid() && clock.monotonicMs() < until) {
    await new Promise<void>((resolve) => clock.after(LEAVE_LOOK_MS, resolve));
  }
}

/** Readings that are not gossiped go to the store with a version of their own. */
function createLocalRecorder(
  { clock, store, id, localUnits }: DriverOptions,
  generationNow: () => number,
) {
  let version = 0;
  return {
    record(readings: readonly Reading[]) {
      const own = readings.filter(({ metric }) => localUnits.has(metric));
      if (own.length === 0) return;
      version++;
      const generation = generationNow();
      const sampledAtMs = Math.round(clock.wallMs());
      store.recordSamples(
        own.map(({ metric, value }) => ({
          node: id,
          generation,
          metric,
          unit: localUnits.get(metric) ?? '',
          version,
          value,
          sampledAtMs,
        })),
      );
    },
  };
}
