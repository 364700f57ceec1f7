// One node on Node.js, made of its parts: store, transport, machine, driver, app, listener.

import { hostname } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type AppDependencies, createApp } from '../app.ts';
import type { NodeConfig } from '../config/schema.ts';
import type { LeaveNotice } from '../core/model.ts';
import { createRandom } from '../core/random.ts';
import type { LoopEvent } from '../driver/loop.ts';
import { createDriver, type Driver } from '../driver.ts';
import type { Store, Traffic, Transport } from '../ports.ts';
import { createMemoryStore } from '../storage/memory.ts';
import type { WorkerStores } from '../storage/worker.ts';
import { createNodeHttpTransport } from '../transport/node-http.ts';
import { systemClock } from './clock.ts';
import type { Laboratory } from './laboratory.ts';
import { type App, type Listener, listen } from './listen.ts';
import type { Log } from './log.ts';
import { warnWhenAlone } from './loneliness.ts';
import { createMachine, type Machine, planMetrics } from './measuring.ts';
import { createServices } from './services.ts';
import { watchStore } from './store-watch.ts';
import { createTroubles } from './troubles.ts';

export interface HostParts {
  /** Shared by all nodes of a process; absent: nothing is kept on disk. */
  readonly stores: WorkerStores | undefined;
  readonly machine?: Machine;
  readonly log: Log;
  readonly onEvent?: (event: LoopEvent) => void;
  /** The node left, or lost its id: whoever runs it should end it. */
  readonly onEnd?: (reason: string, failed: boolean) => void;
  readonly laboratory?: Laboratory;
}

export interface HostedNode {
  readonly id: string;
  /** URL to open on this machine. */
  readonly url: string;
  readonly driver: Driver;
  readonly store: Store;
  /** Bytes of gossip, HTTP's own included, as caller and as called. */
  traffic(): Traffic;
  /** Says goodbye and ends everything. */
  close(notice?: LeaveNotice): Promise<void>;
  /** Ends everything without a word, as a crash does. */
  abandon(): Promise<void>;
}

/** Time for the answer to POST /leave to go out before the node ends. */
const LEAVE_DELAY_MS = 50;

/** Rejects with an OperatingError when the port cannot be had; a broken store only degrades. */
export async function startNode(config: NodeConfig, parts: HostParts): Promise<HostedNode> {
  const { log } = parts;
  const id = idOf(config);
  const app: Pick<AppDependencies, 'countRefusal'> & Pick<App, 'fetch'> = {
    fetch: () => new Response('starting', { status: 503 }),
    countRefusal: () => {},
  };
  const listener = await listen(
    { fetch: (request, environment) => app.fetch(request, environment) },
    {
      host: config.listen,
      port: config.port,
      onProblem: ({ message }) => log('warn', message),
      onRefused: (code) => app.countRefusal(code),
    },
  );
  const store = await openStore(id, config, parts);
  const storeWatch = watchStore(store, log);
  const transport = openTransport(config, parts, listener.port);
  const machine = parts.machine ?? createMachine(config.disabled);
  const driver = await createNodeDriver(id, config, parts, { listener, store, transport, machine });
  const watch = warnWhenAlone(driver.view, config.join, systemClock, log);
  const held = [listener, transport, store, watch, storeWatch];
  const close = closeOnce(driver, held);
  const traffic = (): Traffic => sum(transport.traffic(), listener.traffic().gossip);
  const services = createServices({
    driver,
    clock: systemClock,
    store,
    machine,
    log,
    troubles: createTroubles(systemClock, log),
    basePath: config.basePath,
    settings: config.settings,
    traffic,
    ...parts.laboratory,
    leave: async (notice) => {
      setTimeout(async () => {
        await close(notice);
        parts.onEnd?.(`it was told to leave: ${notice.reason || 'no reason given'}`, false);
      }, LEAVE_DELAY_MS);
    },
  });
  app.countRefusal = services.countRefusal;
  app.fetch = createApp(services).fetch;
  await driver.start();
  return {
    id,
    url: `${listener.address}${config.basePath}`,
    driver,
    store,
    traffic,
    close,
    async abandon() {
      driver.stop();
      await Promise.all(held.map((part) => part.close()));
    },
  };
}

function openTransport(config: NodeConfig, { laboratory }: HostParts, port: number): Transport {
  const transport = createNodeHttpTransport({
    // Neighbours change slowly; the other half is for broadcasts, which go to anybody.
    maxIdle: 2 * config.settings.neighbours,
    ...(laboratory?.maxBodyBytes && { maxBytes: laboratory.maxBodyBytes }),
  });
  return laboratory?.wrap?.(transport, addressOf(config, port)) ?? transport;
}

interface Adapters {
  readonly listener: Listener;
  readonly store: Store;
  readonly transport: Transport;
  readonly machine: Machine;
}

async function createNodeDriver(
  id: string,
  config: NodeConfig,
  parts: HostParts,
  { listener, store, transport, machine }: Adapters,
): Promise<Driver> {
  const stored = await store.loadIdentity(id);
  const plan = planMetrics(machine, config);
  return createDriver({
    ...plan,
    id,
    settings: config.settings,
    labels: config.labels,
    definitions: plan.gossiped,
    sampleMs: config.sampleMs,
    generation: Math.max((stored?.generation ?? 0) + 1, systemClock.wallMs()),
    address: addressOf(config, listener.port),
    seeds: [...new Set([...config.join, ...(stored?.peers ?? [])])],
    random: createRandom(Math.floor(Math.random() * 2 ** 53)),
    clock: systemClock,
    store,
    transport,
    ...parts.laboratory,
    collect: (nowMs) => machine.collect(nowMs),
    onEvent: (event) => tellEvent(event, id, parts),
  });
}

function openStore(id: string, config: NodeConfig, parts: HostParts): Promise<Store> | Store {
  const { storage, data } = config;
  if (parts.stores === undefined || !storage.enabled) return createMemoryStore();
  return parts.stores.open({
    url: storage.url ?? pathToFileURL(join(data, `${id}.db`)).href,
    ...(storage.authToken !== undefined && { authToken: storage.authToken }),
    observer: id,
    retentionMs: storage.retentionMs,
    maxBytes: storage.maxBytes,
  });
}

/** Says goodbye, then ends everything; called again, it waits for the first call. */
function closeOnce(
  driver: Driver,
  parts: readonly { close(): Promise<void> }[],
): HostedNode['close'] {
  let ended: Promise<void> | undefined;
  const end = async (notice: LeaveNotice): Promise<void> => {
    await driver.leave(notice);
    driver.stop();
    await Promise.all(parts.map((part) => part.close()));
  };
  return (notice = { reason: 'stopped' }) => {
    ended ??= end(notice);
    return ended;
  };
}

const sum = (a: Traffic, b: Traffic): Traffic => ({
  sentBytes: a.sentBytes + b.sentBytes,
  receivedBytes: a.receivedBytes + b.receivedBytes,
});

/** As configured, or the host's name: letters, digits and . _ - alone; `node` where it has none. */
export const idOf = ({ id }: NodeConfig): string =>
  id ??
  (hostname()
    .replace(/[^\w.-]/g, '-')
    .replace(/^[^a-zA-Z0-9]+/, '')
    .slice(0, 64) ||
    'node');

/** What peers are told: as configured, or made from where the node listens. */
function addressOf(config: NodeConfig, port: number): string {
  if (config.advertise !== undefined) return config.advertise;
  const isAny = config.listen === '0.0.0.0' || config.listen === '::';
  const host = isAny ? hostname() : config.listen;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}${config.basePath}`;
}

function tellEvent(event: LoopEvent, id: string, { log, onEvent, onEnd }: HostParts): void {
  onEvent?.(event);
  switch (event.type) {
    case 'member':
      return log(event.change === 'dead' ? 'warn' : 'info', `${event.id} is ${event.change}`);
    case 'late':
      return log('debug', `the event loop was ${Math.round(event.lateMs)} ms late`);
    case 'regenerated':
      return log('warn', 'peers knew a later run of this node: is its clock behind?');
    case 'id_taken':
      return onEnd?.(
        `another node called ${id} was started later, at ${event.address}; ` +
          'give one of the two another --id.',
        true,
      );
  }
}
