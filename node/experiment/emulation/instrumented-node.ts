// A real node, as `npm run node` starts it, with an experiment's strategy, workload and faults, and
// an observer at its engine.

import type { PeerAccess } from '../../app.ts';
import { hashNumbers } from '../../core/hash.ts';
import { createRandom } from '../../core/random.ts';
import type { Codec } from '../../core/wire/codec.ts';
import type { HostedNode } from '../../host/composition.ts';
import { startNode } from '../../host/node.ts';
import { systemClock } from '../../host/process/clock.ts';
import { createLog } from '../../host/process/log.ts';
import type { Transport } from '../../ports.ts';
import type { WorkerStores } from '../../storage/thread/worker.ts';
import {
  createPartition,
  type Partition,
  withDelay,
  withLoss,
  withPartition,
} from '../../transport/faults.ts';
import { createObserver } from '../measures/observer.ts';
import type { Sink } from '../measures/sink.ts';
import { createMeter, type Meter, wireBytesOfHttp } from '../measures/wire-cost.ts';
import type { NodeUse } from '../runs/stage.ts';
import { chooseStrategy } from '../strategies/index.ts';
import type { Lateness } from './lateness.ts';
import { openMachine } from './machine.ts';
import { absoluteMs, type Setup } from './setup.ts';

export interface InstrumentedNode {
  readonly url: string;
  /** Nothing passes between it and these addresses from now on, and all between others. */
  cutOff(addresses: readonly string[]): void;
  /** Processor and memory belong to a process, not to a node: null here. */
  use(): NodeUse;
  /** Ends it without a word, as a crash does. */
  abandon(): Promise<void>;
}

export interface InstrumentedParts {
  readonly sink: Sink;
  readonly stores: WorkerStores | undefined;
  /** Of the process. */
  readonly lateness: Lateness;
  readonly onLine: (line: string) => void;
}

/** Whole records of hundreds of nodes in JSON are far longer than PrioMon's own messages. */
const MAX_BODY_BYTES = 64 * 2 ** 20;

/** Rejects with an OperatingError when it cannot start. */
export async function startInstrumentedNode(
  setup: Setup,
  parts: InstrumentedParts,
): Promise<InstrumentedNode> {
  const { config, index, metrics } = setup;
  const startedAtMs = absoluteMs() - setup.zeroMs;
  const chosen = chooseStrategy(setup.strategy, setup.exchange, config.settings, metrics);
  const meter = createMeter();
  const partition = createPartition();
  const self = `http://${config.listen}:${config.port}`;
  let node: HostedNode | undefined;
  const carried = () => carriedBy(meter, node);
  const onHandled = createObserver({
    node: index,
    metrics,
    sink: parts.sink,
    carried,
    runTime: (now) => performance.timeOrigin + now - setup.zeroMs,
  });
  const machine = await openMachine(setup);
  node = await startNode(
    { ...config, settings: chosen.settings },
    {
      stores: parts.stores,
      machine,
      log: createLog(config.id ?? '', config.logLevel, (line) => parts.onLine(line.trimEnd())),
      instrumentation: {
        strategy: chosen.strategy,
        codec: metered(chosen.codec, meter),
        wrap: (transport) => withFaults(transport, setup, partition, self),
        wrapAsk: (ask) => askThroughFaults(ask, setup, partition, self),
        onHandled,
        maxBodyBytes: MAX_BODY_BYTES,
      },
    },
  );
  return instrumentedNode(node, { startedAtMs, meter, lateness: parts.lateness, partition, self });
}

interface Inside {
  readonly startedAtMs: number;
  readonly meter: Meter;
  readonly lateness: Lateness;
  readonly partition: Partition;
  readonly self: string;
}

function instrumentedNode(
  node: HostedNode,
  { startedAtMs, meter, lateness, ...inside }: Inside,
): InstrumentedNode {
  const { partition, self } = inside;
  return {
    url: node.url,
    cutOff(addresses) {
      partition.heal();
      partition.cut([self], addresses);
    },
    use() {
      const { sentBytes, receivedBytes } = node.traffic();
      const { messages, bodyBytes } = meter;
      return {
        startedAtMs,
        messages,
        bodyBytes,
        wireBytes: wireBytesOfHttp(sentBytes, meter),
        sentBytes,
        receivedBytes,
        rounds: node.driver.status().round,
        cpuMs: null,
        rssBytes: null,
        lateMs: lateness.worstMs(),
        lateP99Ms: lateness.p99Ms(),
      };
    },
    abandon: () => node.abandon(),
  };
}

function carriedBy({ messages }: Meter, node: HostedNode | undefined) {
  const { sentBytes, receivedBytes } = node?.traffic() ?? { sentBytes: 0, receivedBytes: 0 };
  return { messages, sentBytes, receivedBytes };
}

function metered(codec: Codec, meter: Meter): Codec {
  return {
    ...codec,
    encode(message) {
      const bytes = codec.encode(message);
      meter.add(bytes.length);
      return bytes;
    },
  };
}

/** Each way of an exchange is lost by itself, as a message of the simulator is. */
function withFaults(
  transport: Transport,
  { loss, minDelayMs, maxDelayMs, seed, index }: Setup,
  partition: Partition,
  self: string,
): Transport {
  const random = createRandom(hashNumbers(seed, index));
  const clock = systemClock;
  let faulty = withPartition(transport, { clock, partition, self });
  if (loss > 0) {
    faulty = withLoss(faulty, { random, clock, requestShare: loss, answerShare: loss });
  }
  if (maxDelayMs > 0) {
    faulty = withDelay(faulty, { random, clock, minMs: minDelayMs, maxMs: maxDelayMs });
  }
  return faulty;
}

/** Questions of queries go over the same network as gossip does. */
function askThroughFaults(
  ask: PeerAccess['ask'],
  setup: Setup,
  partition: Partition,
  self: string,
): PeerAccess['ask'] {
  const text = new TextDecoder();
  const bytes = (written: string): Uint8Array => new TextEncoder().encode(written);
  const network: Transport = {
    async exchange(address, path, timeoutMs) {
      return bytes(JSON.stringify((await ask(address, text.decode(path), timeoutMs)) ?? null));
    },
    onDisconnect: () => {},
    traffic: () => ({ sentBytes: 0, receivedBytes: 0 }),
    close: async () => {},
  };
  const faulty = withFaults(network, setup, partition, self);
  return async (address, path, timeoutMs) =>
    JSON.parse(text.decode(await faulty.exchange(address, bytes(path), timeoutMs)));
}
