// A running node: the engine in its loop, the sampler that feeds it, and what it keeps on disk to
// come back by itself.

import type { FactFault, PublishedFact } from './core/data/facts/facts.ts';
import { metricOf } from './core/data/series.ts';
import { createEngine, type Engine, type EngineOptions, type EngineStatus } from './core/engine.ts';
import type { ForgetFault } from './core/membership/forgetting.ts';
import type { ClusterView, LeaveNotice, MetricDefinition } from './core/model.ts';
import { WIRE_CODEC } from './core/wire/codec.ts';
import type { Listener } from './driver/events.ts';
import { createIdentityWriter, standingStill } from './driver/identity.ts';
import { STOOD_STILL_MS } from './driver/lateness.ts';
import { createLoop, type Loop, type LoopEvent, type LoopPorts } from './driver/loop.ts';
import { createPeerClocks } from './driver/peer-clocks.ts';
import { type SamplerOptions, staleAfterMs } from './driver/sampler.ts';
import { createStoring, recordStandstill } from './driver/storing.ts';
import { createSubscribers, type ListenerCounts } from './driver/subscribers.ts';
import { BY_TIMERS } from './driver/timing.ts';
import { OperatingError } from './errors.ts';
import type { Reading, Store, StoredFact } from './ports.ts';

export interface DriverOptions
  extends EngineOptions,
    LoopPorts,
    Pick<SamplerOptions, 'collect' | 'sampleMs' | 'everyMs'> {
  readonly store: Store;
  /** What an earlier run told and kept, told again before the first round; absent for none. */
  readonly facts?: readonly StoredFact[];
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
  /** One of a family with labels has their values, in the order of its label names. */
  define(definition: MetricDefinition, labelValues?: readonly string[]): void;
  /** These are told no more, and disappear everywhere. */
  endMetrics(names: readonly string[]): void;
  publish(readings: readonly Reading[]): void;
  /** A document of this node's for all others; says why it cannot be published, if it cannot. */
  publishFact(fact: PublishedFact): FactFault | undefined;
  /** Of this node's facts and its copies of others': each has a slot that no metric can have. */
  factCount(): number;
  /** Takes a fact back, also one of others that is kept. */
  endFact(key: string): void;
  /** Has a dead or left node forgotten everywhere; says why it cannot be, if it cannot. */
  forget(id: string): ForgetFault | undefined;
  /**
   * Calls the listener with each event from now on; the returned function ends that. `name` stands
   * in the log where the listener fails. Throws an OperatingError when there are too many.
   */
  subscribe(listener: Listener, name?: string): () => void;
  /** Addresses to call from now on, in the place of the seeds there were. */
  setSeeds(addresses: readonly string[]): void;
  /** Peers reach this node at another address now. */
  moveTo(address: string): void;
  /** Tells the peers; resolves when they were told, or half a second has passed. */
  leave(notice: LeaveNotice): Promise<void>;
  stop(): void;
  status(): DriverStatus;
}

export interface DriverStatus extends EngineStatus {
  /** Monotonic, ms. */
  readonly roundStartedAt: number;
  readonly listeners: ListenerCounts;
}

/** How long a leaving node waits until its goodbye has arrived, and how often it looks. */
const LEAVE_WAIT_MS = 500;
const LEAVE_LOOK_MS = 20;

export function createDriver(options: DriverOptions): Driver {
  const { clock, codec = WIRE_CODEC } = options;
  const engine = engineOf(options);
  const identity = createIdentityWriter(options, engine);
  const subscribers = createSubscribers({
    clock,
    onDropped: (name, error) => options.onEvent({ type: 'listener_dropped', name, error }),
  });
  subscribers.subscribe(createStoring(options), 'storage');
  const loop = createLoop(
    engine,
    options,
    (event) => {
      if (event.type === 'regenerated') identity.save(event.generation);
      if (event.type === 'member' && event.change === 'alive') identity.countPeer();
      if (event.type === 'late' && event.lateMs >= STOOD_STILL_MS) {
        const untilMs = Math.round(clock.wallMs());
        const fromMs = Math.round(untilMs - event.lateMs);
        recordStandstill(options, identity.generation(), { fromMs, untilMs });
      }
      options.onEvent(event);
    },
    (event) => {
      if (event.type === 'fact' && event.id === options.id) identity.noteFact();
      subscribers.tell(event);
    },
  );
  const peerClocks = createPeerClocks(options, engine.view);
  const definitions = new Map(options.definitions.map((metric) => [metric.name, metric]));
  const take = (readings: readonly Reading[]): void => {
    loop.feed({ type: 'samples', readings });
    const generation = identity.generation();
    subscribers.tell({ type: 'sampled', readings, generation, atMs: clock.wallMs() });
  };
  const sampler = (options.timing ?? BY_TIMERS).createSampler({
    ...options,
    take(readings) {
      take(readings);
      identity.saveWhenDue();
      peerClocks.tellWhenDue();
    },
  });
  return {
    view: engine.view,
    async start() {
      for (const fact of standingStill(options.facts ?? [], clock.wallMs())) {
        loop.feed({ type: 'fact', ...fact });
      }
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
    define(definition, labelValues = []) {
      const metric = metricOf(definition, labelValues);
      definitions.set(metric.name, metric);
      loop.feed({ type: 'define', definition, labelValues });
    },
    endMetrics(names) {
      for (const name of names) definitions.delete(name);
      loop.feed({ type: 'end_metrics', names });
    },
    publishFact(fact) {
      const fault = engine.factFault(fact);
      if (fault === undefined) loop.feed({ type: 'fact', ...fact });
      return fault;
    },
    factCount: () => engine.status().factCount,
    endFact: (key) => loop.feed({ type: 'end_fact', key }),
    forget(id) {
      const fault = engine.forgetFault(id);
      if (fault === undefined) loop.feed({ type: 'forget', id });
      return fault;
    },
    publish: take,
    subscribe: subscribers.subscribe,
    setSeeds: (addresses) => loop.feed({ type: 'seeds', addresses }),
    moveTo: (address) => loop.feed({ type: 'moved', address }),
    async leave(notice) {
      await sayGoodbye(options, loop, engine, notice);
      identity.saveWhenDue(0);
    },
    stop() {
      sampler.stop();
      loop.stop();
      subscribers.close();
    },
    status: () => ({
      ...engine.status(),
      roundStartedAt: loop.roundStartedAt(),
      listeners: subscribers.counts(),
    }),
  };
}

function engineOf(options: DriverOptions): Engine {
  // Metrics with labels are there only where the same run goes on, which has them already.
  const definitions = options.definitions.filter(({ family }) => family === undefined);
  const staleAfterMs = staleAfterOf(options);
  return createEngine({ ...options, definitions, staleAfterMs }, options.clock.monotonicMs());
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
